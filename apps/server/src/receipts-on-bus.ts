import { RefusedError, type CommandContext } from '#libs/kernel';
import type { CommandProcessor } from '#libs/ledger';
import type { CommandBus } from '@nestjs/cqrs';

/**
 * A repetition under an idempotency key is answered by its receipt also where what the command was about is gone, and its handler refuses
 * before the ledger is asked: a workflow or token that the first one has deleted. In one place, for every command that carries a context.
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

/** Undefined for an answer that is sealed: only its handler can open it. */
function parse(answer: string): unknown {
  try {
    return JSON.parse(answer) as unknown;
  } catch {
    return undefined;
  }
}
