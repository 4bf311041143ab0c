import { CommandHandler } from '#libs/bus';
import { allows, permissionsAt, type Reach } from '#libs/contracts';
import { isId } from '#libs/kernel';
import { type CommandContext, CommandProcessor } from '#libs/ledger';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { personOf, type Principal, type TokenState, unknownToken } from '../domain';
import { AccessStore } from '../read/access-store';
import { tokenCategory } from './categories';

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
  ) {}

  async execute({ reach, tokenId, principal, context }: DeleteTokenCommand): Promise<Record<string, never>> {
    const found = isId(tokenId) ? await this.processor.load(tokenCategory, tokenId) : null;
    if (!found || !mayEnd(reach, principal, found.state)) throw unknownToken();
    await this.processor.execute(tokenCategory, {
      streamId: tokenId,
      command: { type: 'RevokeToken', now: Date.now() },
      metadata: context.metadata,
      ...(context.receipt && { receipt: context.receipt, answer: () => '{}' }),
    });
    this.store.forget();
    return {};
  }
}

/** People revoke their own tokens, owners those of their team, and the installation every token. */
function mayEnd(reach: Reach, principal: Principal, token: TokenState): boolean {
  if (reach.kind === 'installation') return true;
  const person = personOf(principal);
  if (token.type === 'user' || token.type === 'session') return person !== null && token.principal === person;
  const held = token.teamId === null ? null : permissionsAt(reach, { teamId: token.teamId });
  return held !== null && reach.kind !== 'workflow' && allows(held, 'token/delete');
}
