import { CommandHandler } from '#libs/bus';
import {
  CountChangesBy,
  type ErasureBody,
  type ErasureRequest,
  FindKeptReason,
  type InstallationReach,
  type ReachInTeam,
} from '#libs/contracts';
import { type Clock, CLOCK, type CommandContext, newId, RefusedError } from '#libs/kernel';
import { CommandProcessor, executeFor } from '#libs/ledger';
import { Inject } from '@nestjs/common';
import { Command, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import { subjectNamed } from '../domain';
import { ErasureStore } from '../read/erasure-store';
import { erasureCategory } from './erasure-category';
import { toErasureBody } from './erasure-body';
import { KeyShredder } from './key-shredder';

/** Erases the values of a person: those of the team, or of the installation all of them. */
export class ErasePersonalData extends Command<ErasureBody> {
  constructor(
    readonly reach: ReachInTeam | InstallationReach,
    readonly request: ErasureRequest,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(ErasePersonalData)
export class ErasePersonalDataHandler implements ICommandHandler<ErasePersonalData> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly store: ErasureStore,
    private readonly shredder: KeyShredder,
    private readonly queries: QueryBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ reach, request, context }: ErasePersonalData): Promise<ErasureBody> {
    const teamId = reach.kind === 'installation' ? null : reach.team.id;
    const { subject, keys, teamIds } = await this.store.keysOf(reach, subjectNamed(request.subject));
    const { actor: by } = context.metadata;
    const reason = await this.kept(reach, request.reason);
    if (request.dryRun) {
      const changes = await this.queries.execute<CountChangesBy, number>(new CountChangesBy(reach, subject));
      return { subject, by: { id: by }, reason, keys: keys.length, changes, dryRun: true, ...(teamId && { teamId }) };
    }
    if (keys.length === 0) return this.erasedBefore(reach, subject);
    const now = this.clock.now();
    const erasure = { at: now, teamId, teamIds, subject, by, reason, keys };
    const id = newId(now);
    const body = await executeFor(
      this.processor,
      erasureCategory,
      { ...context, metadata: { ...context.metadata, reason } },
      { streamId: id, command: { type: 'ErasePersonalData', erasure } },
      (state) => toErasureBody({ ...state, id }),
    );
    await this.shredder.shred(body.id);
    return body;
  }

  /** Nothing is left to erase: the answer is the erasure that was; its keys go, if a crash has left them. */
  private async erasedBefore(reach: ReachInTeam | InstallationReach, subject: string): Promise<ErasureBody> {
    const before = await this.store.latest(reach, subject);
    if (before) {
      await this.shredder.shred(before.id);
      return toErasureBody(before);
    }
    const where = reach.kind === 'installation' ? 'anywhere' : 'in this team';
    throw new RefusedError(
      'BAD_REQUEST',
      `Field subject: nothing that can be erased was recorded of ${subject} ${where}.`,
    );
  }

  /** Without what the team knows to be secret. */
  private async kept(reach: ReachInTeam | InstallationReach, reason: string): Promise<string> {
    if (reach.kind === 'installation') return reason;
    const query = new FindKeptReason(reach, reach.team.id, 'erasePersonalData', reason);
    return (await this.queries.execute<FindKeptReason, string | undefined>(query)) ?? reason;
  }
}
