import { CommandHandler } from '#libs/bus';
import {
  type BulkBody,
  type BulkRequest,
  FindKeptReason,
  maxRunsOfBulk,
  onlyWorkflowOf,
  type ReachInTeam,
  type SelectedRuns,
  SelectRuns,
} from '#libs/contracts';
import { type Clock, CLOCK, type CommandContext, newId, RefusedError } from '#libs/kernel';
import { CommandProcessor, executeFor } from '#libs/ledger';
import { Inject } from '@nestjs/common';
import { Command, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import type { BulkOrder } from '../domain';
import { BulkAnswers } from './bulk-answers';
import { toBulkBody } from './bulk-body';
import { bulkCategory } from './bulk-category';
import { operations, selectionOf } from './bulk-request';

/** Makes a bulk job of the runs that are meant now. */
export class CreateBulk extends Command<BulkBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly request: BulkRequest,
    readonly context: CommandContext,
    readonly tokenId: string,
  ) {
    super();
  }
}

@CommandHandler(CreateBulk)
export class CreateBulkHandler implements ICommandHandler<CreateBulk> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly queries: QueryBus,
    private readonly answers: BulkAnswers,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ reach, request, context, tokenId }: CreateBulk): Promise<BulkBody> {
    const { action, from = null, filters } = request;
    const reason = await this.reasonFor(reach, request, context);
    const select = new SelectRuns(reach, action, selectionOf(request), maxRunsOfBulk, 0);
    const { position, runs } = await this.queries.execute<SelectRuns, SelectedRuns>(select);
    if (runs.length === 0) throw new RefusedError('BAD_REQUEST', 'filters: no run fits.');
    if (runs.every(({ standing }) => standing === null)) {
      throw new RefusedError('BAD_REQUEST', 'runs: none of these is a run of the team that is in the database.');
    }
    const { actor: by } = context.metadata;
    const order: BulkOrder = {
      teamId: reach.team.id,
      workflowId: onlyWorkflowOf(reach) ?? null,
      action,
      from,
      filters: request.runs ? null : (filters ?? {}),
      position,
      reason: reason ?? null,
      by,
      tokenId,
    };
    const people = await this.answers.people(reach, [by]);
    const now = this.clock.now();
    const id = newId(now);
    const metadata = { ...context.metadata, ...(reason !== undefined && { reason }) };
    const command = { type: 'CreateBulk' as const, now, order, runs: runs.map((run) => run.id) };
    return executeFor(this.processor, bulkCategory, { ...context, metadata }, { streamId: id, command }, (state) =>
      toBulkBody({ ...state, id, size: state.runs.length }, people),
    );
  }

  /** The team's rule for the single action holds for a job as well. */
  private reasonFor(reach: ReachInTeam, { action, reason }: BulkRequest, { metadata }: CommandContext) {
    const query = new FindKeptReason(reach, reach.team.id, operations[action], reason ?? metadata.reason);
    return this.queries.execute<FindKeptReason, string | undefined>(query);
  }
}
