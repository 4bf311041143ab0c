import { Inject } from '@nestjs/common';
import { CommandHandler } from '#libs/bus';
import { randomUUID } from 'node:crypto';
import {
  allows,
  FindTeamOfWorkflow,
  FindWorkflowsNamed,
  type NamedWorkflow,
  type Permission,
  permissionsAt,
  type Reach,
  serverReach,
  type TokenCreateRequest,
  type TokenCreateResponse,
} from '#libs/contracts';
import { type Clock, CLOCK, newId, RefusedError, toTimestamp, type CommandContext } from '#libs/kernel';
import { CommandProcessor } from '#libs/ledger';
import { Command, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import { personId, personOf, type Principal, rolePermissions, type TokenState, tokenText } from '../domain';
import { Reasons } from '../read/reasons';
import { metadataIn } from './metadata-in';
import { AccessStore, sha256 } from '../read/access-store';
import { tokenCategory } from './categories';
import { seal, unseal } from './sealed-answer';

export class CreateTokenCommand extends Command<TokenCreateResponse> {
  constructor(
    readonly reach: Reach,
    readonly request: TokenCreateRequest,
    readonly maker: Principal,
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** What the token gives access to. */
interface Subject {
  readonly principal: string | null;
  readonly teamId: string | null;
}

/** The last millisecond of the year 9999. */
const latestDate = 253_402_300_799_999;

/** Milliseconds since the epoch; null = never. */
function expirationOf({ expirationDate: given }: TokenCreateRequest): number | null {
  if (given === null || given === undefined || given === '') return null;
  if (typeof given === 'number') return given;
  return /^\d+$/.test(given) ? Number(given) : Date.parse(given);
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
    private readonly reasons: Reasons,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ reach, request, maker, context }: CreateTokenCommand): Promise<TokenCreateResponse> {
    const now = this.clock.now();
    const subject = await this.subjectOf(reach, request);
    const held = heldFor(reach, maker, request, subject);
    const permissions = request.permissions ?? defaultPermissions(request, held);
    const missing = permissions.find((each) => !allows(held, each));
    if (missing !== undefined) throw denied(`nobody can grant ${missing} without having it.`);
    const metadata = await metadataIn(this.reasons, subject.teamId, 'createToken', context);
    const expirationDate = expirationOf(request);
    if (expirationDate !== null && expirationDate <= now) throw refused('expirationDate: must be in the future.');
    if (expirationDate !== null && expirationDate > latestDate) {
      throw refused('expirationDate: must be before the year 10000.');
    }
    const text = tokenText(request.type, randomUUID());
    const token: Omit<TokenState, 'revoked'> = {
      id: newId(now),
      type: request.type,
      ...subject,
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
      metadata,
      ...(context.receipt && { receipt: context.receipt, answer: () => seal(answer, maker.credential, key) }),
    });
    this.store.forget();
    const kept = 'replayed' in outcome ? unseal(outcome.answer, maker.credential, key) : answer;
    return JSON.parse(kept) as TokenCreateResponse;
  }

  /** The answer is the same for a team or workflow that does not exist and for one out of reach. */
  private async subjectOf(reach: Reach, { type, principal }: TokenCreateRequest): Promise<Subject> {
    switch (type) {
      case 'global':
        return { principal: null, teamId: null };
      case 'team': {
        const team = principal ? await this.store.findTeamByNameOrId(principal) : null;
        if (!team || !permissionsAt(reach, { teamId: team.id })) {
          throw new RefusedError('TEAM_INVALID_REF', 'principal: must be the name or id of an existing team.');
        }
        return { principal: team.id, teamId: team.id };
      }
      case 'workflow': {
        const found = principal ? await this.workflowsOf(reach, principal) : [];
        const [workflow, another] = found;
        if (!workflow) {
          throw new RefusedError(
            'WORKFLOW_INVALID_REFERENCE',
            'principal: must be the id or name of an existing workflow.',
          );
        }
        if (another) throw refused('principal: several teams have a workflow with this name. Send its id.');
        return { principal: workflow.id, teamId: workflow.teamId };
      }
      case 'user':
      case 'session':
        if (!principal) throw refused('principal: must name the user.');
        return { principal: personId(principal), teamId: null };
    }
  }

  /** The workflow with this id, else those with this name in teams where the caller has a say. */
  private async workflowsOf(reach: Reach, idOrName: string): Promise<Pick<NamedWorkflow, 'id' | 'teamId'>[]> {
    const byId = new FindTeamOfWorkflow(serverReach, idOrName);
    const teamId = await this.queries.execute<FindTeamOfWorkflow, string | null>(byId);
    if (teamId !== null) return permissionsAt(reach, { teamId }) ? [{ id: idOrName, teamId }] : [];
    const byName = new FindWorkflowsNamed(reach, [idOrName]);
    const named = await this.queries.execute<FindWorkflowsNamed, NamedWorkflow[]>(byName);
    return named.filter((each) => permissionsAt(reach, { teamId: each.teamId }));
  }
}

/**
 * The caller's permissions for the thing that the token is for: nobody can grant more than they have.
 * @throws RefusedError PERMISSION_DENIED if the caller may not create such tokens at all.
 */
function heldFor(
  reach: Reach,
  maker: Principal,
  { type }: TokenCreateRequest,
  { principal, teamId }: Subject,
): readonly Permission[] {
  if (reach.kind === 'installation') return reach.permissions;
  if (type === 'user') {
    if (principal === personOf(maker)) return maker.permissions;
    throw denied('only a global token can create tokens of other people.');
  }
  const held = teamId === null ? null : permissionsAt(reach, { teamId });
  if (!held) throw denied('the token would have more access than its creator.');
  if (!allows(held, 'token/write')) throw denied('only owners create tokens of a team (token/write).');
  return held;
}

/** The person's roles limit a person's token. Any other token gets an editor's permissions by default. */
function defaultPermissions({ type, role }: TokenCreateRequest, held: readonly Permission[]): readonly Permission[] {
  if (role) return rolePermissions[role];
  if (type === 'user' || type === 'session') return held;
  return rolePermissions[type === 'global' ? 'owner' : 'editor'];
}

function denied(why: string): RefusedError {
  return new RefusedError('PERMISSION_DENIED', `Insufficient permission: ${why}`);
}
