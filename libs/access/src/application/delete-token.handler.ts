import { Inject } from '@nestjs/common';
import { CommandHandler } from '#libs/bus';
import type { Reach } from '#libs/contracts';
import { type Clock, CLOCK, isId, type CommandContext } from '#libs/kernel';
import { CommandProcessor } from '#libs/ledger';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { type Principal, unknownToken } from '../domain';
import { AccessStore } from '../read/access-store';
import { Reasons } from '../read/reasons';
import { hasSayOver } from '../read/token-reach';
import { tokenCategory } from './categories';
import { metadataIn } from './metadata-in';

export class DeleteTokenCommand extends Command<Record<string, never>> {
  constructor(
    readonly reach: Reach,
    readonly tokenId: string,
    readonly principal: Principal,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(DeleteTokenCommand)
export class DeleteTokenHandler implements ICommandHandler<DeleteTokenCommand> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly store: AccessStore,
    private readonly reasons: Reasons,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ reach, tokenId, principal, context }: DeleteTokenCommand): Promise<Record<string, never>> {
    const found = isId(tokenId) ? await this.processor.load(tokenCategory, tokenId) : null;
    if (!found || !hasSayOver(reach, principal, found.state, 'token/delete')) throw unknownToken();
    const metadata = await metadataIn(this.reasons, found.state.teamId, 'deleteToken', context);
    await this.processor.execute(tokenCategory, {
      streamId: tokenId,
      command: { type: 'RevokeToken', now: this.clock.now() },
      metadata,
      ...(context.receipt && { receipt: context.receipt, answer: () => '{}' }),
    });
    this.store.forget();
    return {};
  }
}
