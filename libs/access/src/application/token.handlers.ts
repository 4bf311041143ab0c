import { randomUUID } from 'node:crypto';
import { FindTeamOfWorkflow, type TokenCreateRequest, type TokenCreateResponse } from '#libs/contracts';
import { isId, newId, RefusedError, toTimestamp } from '#libs/kernel';
import { type CommandContext, CommandProcessor } from '#libs/ledger';
import { Command, CommandHandler, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import { allows, rolePermissions, type TokenState, tokenText, unknownToken } from '../domain';
import type { Principal } from '../domain';
import { AccessStore, sha256 } from '../read/access-store';
import { tokenCategory } from './categories';
import { seal, unseal } from './sealed-answer';

export class CreateTokenCommand extends Command<TokenCreateResponse> {
  constructor(
    readonly request: TokenCreateRequest,
    readonly maker: Principal,
    readonly context: CommandContext,
  ) {
    super();
  }
}

export class DeleteTokenCommand extends Command<Record<string, never>> {
  constructor(
    readonly tokenId: string,
    readonly principal: Principal,
    readonly context: CommandContext,
  ) {
    super();
  }
}

function refused(message: string): RefusedError {
  return new RefusedError('BAD_REQUEST', message);
}

@CommandHandler(CreateTokenCommand)
export class CreateTokenHandler implements ICommandHandler<CreateTokenCommand> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly store: AccessStore,
    private readonly queries: QueryBus,
  ) {}

  async execute({ request, maker, context }: CreateTokenCommand): Promise<TokenCreateResponse> {
    const now = Date.now();
    const principal = await this.principalOf(request);
    const permissions =
      request.permissions ?? rolePermissions[request.role ?? (request.type === 'global' ? 'owner' : 'editor')];
    await this.refuseGrowth(request, principal, permissions, maker);
    const expirationDate = request.expirationDate ? Date.parse(request.expirationDate) : null;
    if (expirationDate !== null && expirationDate <= now) throw refused('expirationDate: must be in the future.');
    const text = tokenText(request.type, randomUUID());
    const token: Omit<TokenState, 'revoked'> = {
      id: newId(now),
      type: request.type,
      principal,
      sha256: sha256(text),
      name: request.name ?? null,
      description: request.description ?? null,
      permissions,
      creationDate: now,
      expirationDate,
    };
    const answer = JSON.stringify({
      id: token.id,
      type: token.type,
      token: text,
      ...(expirationDate === null ? {} : { expirationDate: toTimestamp(expirationDate) }),
    });
    const key = context.receipt?.key ?? '';
    const outcome = await this.processor.execute(tokenCategory, {
      streamId: token.id,
      command: { type: 'CreateToken', token },
      metadata: context.metadata,
      ...(context.receipt && { receipt: context.receipt, answer: () => seal(answer, maker.credential, key) }),
    });
    this.store.forgetTokens();
    const kept = 'replayed' in outcome ? unseal(outcome.answer, maker.credential, key) : answer;
    return JSON.parse(kept) as TokenCreateResponse;
  }

  private async principalOf({ type, principal }: TokenCreateRequest): Promise<string | null> {
    switch (type) {
      case 'global':
        return null;
      case 'team': {
        const team = principal ? await this.store.findTeamByNameOrId(principal) : null;
        if (!team)
          throw new RefusedError('TEAM_INVALID_REF', 'principal: must be the name or id of a team that exists.');
        return team.id;
      }
      case 'workflow': {
        const query = new FindTeamOfWorkflow(principal ?? '');
        const teamId = await this.queries.execute<FindTeamOfWorkflow, string | null>(query);
        if (!principal || teamId === null) {
          throw new RefusedError('WORKFLOW_INVALID_REFERENCE', 'principal: must be the id of a workflow that exists.');
        }
        return principal;
      }
      case 'user':
      case 'session':
        if (!principal) throw refused('principal: must name the user.');
        return principal;
    }
  }

  /** Nobody grants more than they have. */
  private async refuseGrowth(
    { type }: TokenCreateRequest,
    principal: string | null,
    permissions: readonly string[],
    maker: Principal,
  ): Promise<void> {
    const missing = permissions.find((each) => !allows(maker.permissions, each));
    if (missing !== undefined) {
      throw new RefusedError(
        'PERMISSION_DENIED',
        `Insufficient permission: ${missing} cannot be granted without having it.`,
      );
    }
    if (maker.type === 'global') return;
    const teamId =
      type === 'workflow'
        ? await this.queries.execute<FindTeamOfWorkflow, string | null>(new FindTeamOfWorkflow(principal ?? ''))
        : principal;
    const isWithin = maker.type === 'team' && (type === 'team' || type === 'workflow') && teamId === maker.principal;
    if (!isWithin) {
      throw new RefusedError(
        'PERMISSION_DENIED',
        'Insufficient permission: the token would reach further than its maker.',
      );
    }
  }
}

@CommandHandler(DeleteTokenCommand)
export class DeleteTokenHandler implements ICommandHandler<DeleteTokenCommand> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly store: AccessStore,
  ) {}

  async execute({ tokenId, principal, context }: DeleteTokenCommand): Promise<Record<string, never>> {
    const found = isId(tokenId) ? await this.processor.load(tokenCategory, tokenId) : null;
    if (!found || !canSee(principal, found.state)) throw unknownToken();
    await this.processor.execute(tokenCategory, {
      streamId: tokenId,
      command: { type: 'RevokeToken', now: Date.now() },
      metadata: context.metadata,
      ...(context.receipt && { receipt: context.receipt, answer: () => '{}' }),
    });
    this.store.forgetTokens();
    return {};
  }
}

/** A team's token sees the tokens of its team. */
export function canSee(principal: Principal, token: TokenState): boolean {
  if (principal.type === 'global') return true;
  return token.type === principal.type && token.principal === principal.principal;
}
