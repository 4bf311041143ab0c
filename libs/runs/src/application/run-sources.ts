import {
  FindWorkflowRevision,
  reaches,
  type StreamVersion,
  type TeamRunSettings,
  type WorkflowRevision,
} from '#libs/contracts';
import { jsonBytes, RefusedError } from '#libs/kernel';
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { LRUCache } from 'lru-cache';
import { RunComposer } from './run-composer';
import { SourcesMoved } from './sources-moved';

/** What a run is made of, beside the request. */
export interface RunSources {
  readonly revision: WorkflowRevision;
  readonly settings: TeamRunSettings;
  /** Where it is remembered, the streams that the append must find where they were; empty where it was read for this request. */
  readonly mustStand: readonly StreamVersion[];
}

/** Bytes that are remembered of revisions, and as many of settings: 16 MiB. */
const maxRemembered = 16 * 1024 * 1024;

/**
 * Remembers revisions and settings that runs were made of, so that a submit reads nothing. What is remembered may be old: the append finds
 * that out, and nothing that was refused is refused for good before it was read again.
 */
@Injectable()
export class RunSourceMemory {
  private readonly revisions = new LRUCache<string, WorkflowRevision>({ maxSize: maxRemembered });
  private readonly settings = new LRUCache<string, TeamRunSettings>({ maxSize: maxRemembered });

  constructor(
    private readonly composer: RunComposer,
    private readonly queries: QueryBus,
  ) {}

  /**
   * Makes something of the sources that are remembered, or else of those of now.
   * @param make may be called twice: it leaves nothing behind when it is refused.
   */
  async use<Made>(query: FindWorkflowRevision, make: (sources: RunSources) => Promise<Made>): Promise<Made> {
    const known = this.remembered(query);
    if (!known) return make(await this.read(query));
    try {
      return await make(known);
    } catch (error) {
      const isMoved = error instanceof SourcesMoved;
      if (!isMoved && !(error instanceof RefusedError && error.status < 500)) throw error;
      const current = await this.read(query);
      if (!isMoved && isSame(known, current)) throw error;
      return await make(current);
    }
  }

  private remembered(query: FindWorkflowRevision): RunSources | null {
    const { reach } = query;
    const revision = this.revisions.get(keyOf(query));
    const settings = this.settings.get(reach.team.id);
    if (!revision || !settings || !reaches(reach, revision)) return null;
    return { revision, settings, mustStand: [...revision.readFrom, ...settings.readFrom] };
  }

  private async read(query: FindWorkflowRevision): Promise<RunSources> {
    const { team } = query.reach;
    const [revision, settings] = await Promise.all([
      this.queries.execute<FindWorkflowRevision, WorkflowRevision>(query),
      this.composer.settings({ teamId: team.id, teamName: team.name }),
    ]);
    if (!revision.active) {
      throw new RefusedError(
        'WORKFLOW_NOT_ACTIVE',
        'The Workflow specified is not currently active and cannot be run. Set its status to active first.',
      );
    }
    this.remember(this.settings, team.id, settings);
    // An id stays the workflow's; a name that has gone to another is found out, since it left the first one by an event.
    this.remember(this.revisions, keyOf(query), revision);
    return { revision, settings, mustStand: [] };
  }

  /** What it is remembered to be already is not weighed again. */
  private remember<Source extends { readonly readFrom: readonly StreamVersion[] }>(
    memory: LRUCache<string, Source>,
    key: string,
    source: Source,
  ): void {
    const known = memory.get(key);
    if (!known || !isSameVersion(known.readFrom, source.readFrom)) memory.set(key, source, { size: jsonBytes(source) });
  }
}

function keyOf({ reach, nameOrId, version = 0 }: FindWorkflowRevision): string {
  return `${reach.team.id}/${version}/${nameOrId}`;
}

function isSame(one: RunSources, other: RunSources): boolean {
  return (
    isSameVersion(one.revision.readFrom, other.revision.readFrom) &&
    isSameVersion(one.settings.readFrom, other.settings.readFrom)
  );
}

function isSameVersion(one: readonly StreamVersion[], other: readonly StreamVersion[]): boolean {
  return one.every(({ streamId, version }, at) => other[at]?.streamId === streamId && other[at].version === version);
}
