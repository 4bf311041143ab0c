import { RefusedError } from '#libs/kernel';
import type { CommandContext, CommandProcessor } from '#libs/ledger';
import type { CommandBus } from '@nestjs/cqrs';

/**
 * Answers a repeated request under an idempotency key from its receipt, even if its subject is gone and the handler
 * would refuse it before asking the ledger: a workflow or token that the first request deleted. One place for every
 * command with a context.
 */
export function answerFromReceipts(bus: CommandBus, processor: CommandProcessor): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- the proxy hands `this` on
  bus.execute = new Proxy(bus.execute, {
    async apply(execute, self, [command, ...rest]: [command: object, ...rest: []]): Promise<unknown> {
      try {
        const answer: unknown = await Reflect.apply(execute, self, [command, ...rest]);
        return answer;
      } catch (error) {
        const { receipt } = (command as { readonly context?: CommandContext }).context ?? {};
        if (!receipt || !(error instanceof RefusedError) || error.status >= 500) throw error;
        const given = await processor.answerGiven(receipt);
        const parsed = given === null ? undefined : parse(given);
        if (parsed === undefined) throw error;
        return parsed;
      }
    },
  });
}

/** Undefined for a sealed answer: only its handler can open it. */
function parse(answer: string): unknown {
  try {
    return JSON.parse(answer) as unknown;
  } catch {
    return undefined;
  }
}
