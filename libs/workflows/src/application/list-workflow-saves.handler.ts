import { QueryHandler } from '#libs/bus';
import { FindActorNames, type ReachInTeam, type WorkflowSaveBody, type WorkflowSavesBody } from '#libs/contracts';
import { type HistoryFilter, readHistory, type RecordedEvent, timeOfEvent, toAuthorBody } from '#libs/ledger';
import { maskText } from '#libs/secrets';
import { type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { reasonOfSave, revisionDifference, type Save, saveIn, saveTypes } from '../read/shown-save';
import { WorkflowSaves } from '../read/workflow-saves';
import { WorkflowStore } from '../read/workflow-store';

/** How many changed fields a save names. */
const mostPaths = 100;

/** The saves of a workflow, oldest first: who changed what, when and why. */
export class ListWorkflowSaves extends Query<WorkflowSavesBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly nameOrId: string,
    readonly filter: Pick<HistoryFilter, 'after' | 'limit'>,
  ) {
    super();
  }
}

@QueryHandler(ListWorkflowSaves)
export class ListWorkflowSavesHandler implements IQueryHandler<ListWorkflowSaves> {
  constructor(
    private readonly pool: Pool,
    private readonly store: WorkflowStore,
    private readonly saves: WorkflowSaves,
    private readonly queries: QueryBus,
  ) {}

  async execute({ reach, nameOrId, filter }: ListWorkflowSaves): Promise<WorkflowSavesBody> {
    const { id } = await this.store.getEvenDeleted(reach, nameOrId);
    const { events, next } = await readHistory(this.pool, id, { ...filter, types: saveTypes });
    const actors = [...new Set(events.map(({ metadata }) => metadata.actor))];
    const names = await this.queries.execute<FindActorNames, ReadonlyMap<string, string>>(
      new FindActorNames(reach, actors),
    );
    const current = await this.store.currentAmong(
      id,
      events.flatMap((event) => saveIn(event)?.revision.id ?? []),
    );
    let before = events[0] ? await this.saves.before(id, events[0].streamVersion) : null;
    const revisions: WorkflowSaveBody[] = [];
    for (const event of events) {
      const save = saveIn(event);
      if (!save) continue;
      revisions.push(saveBody(event, save, { before, names, isCurrent: current.has(save.revision.id) }));
      before = save;
    }
    return { revisions, ...(next !== null && { next }) };
  }
}

interface Beside {
  readonly before: Save | null;
  readonly names: ReadonlyMap<string, string>;
  readonly isCurrent: boolean;
}

function saveBody(event: RecordedEvent, save: Save, { before, names, isCurrent }: Beside): WorkflowSaveBody {
  const reason = reasonOfSave(event, save);
  const { requestId } = event.metadata;
  return {
    version: save.revision.number,
    revisionId: save.revision.id,
    replaced: !isCurrent,
    position: event.position,
    time: timeOfEvent(event),
    ...toAuthorBody(event, { names, mask: maskText }),
    ...(reason !== undefined && { reason }),
    ...(requestId !== undefined && { requestId }),
    changed:
      before === null
        ? []
        : revisionDifference(before, save)
            .slice(0, mostPaths)
            .map(({ path }) => path),
  };
}
