import { findMoment, type PositionRange, readStreamPage, type RecordedEvent, toEvents } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { readEventsOfTeams } from '../../read/run-event-links';
import { runUpcasters } from '../run-category';
import { missedAtOnce, mostCatchingUp } from './bounds';
import { type LiveEvent, LiveEvents } from './live-events';
import type { LiveScope } from './live-filter';

/** Reads the events of a scope that lie in a part of the ledger, for a few readers at once. */
@Injectable()
export class MissedEvents {
  private free = mostCatchingUp;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly pool: Pool,
    private readonly events: LiveEvents,
  ) {}

  /** In order, page by page. */
  async *of(scope: LiveScope, { after, upTo }: PositionRange, withStandings: boolean): AsyncGenerator<LiveEvent[]> {
    let version: number | null = null;
    for (let position = after; position < upTo;) {
      const range = { after: position, upTo };
      const page: readonly RecordedEvent[] = await this.inTurn(async () => {
        if (scope.kind === 'teams') return this.ofTeams(scope.teamIds, range);
        version ??= (await findMoment(this.pool, scope.runId, { position: after })).version;
        return readStreamPage(this.pool, scope.runId, { afterVersion: version, limit: missedAtOnce }, runUpcasters);
      });
      const events = page.filter((event) => event.position <= upTo);
      if (events.length > 0) yield await this.events.of(events, withStandings);
      const last = events.at(-1);
      if (!last || events.length < page.length) return;
      position = last.position;
      version = last.streamVersion;
    }
  }

  private async ofTeams(teamIds: readonly string[] | null, range: PositionRange): Promise<RecordedEvent[]> {
    return toEvents(await readEventsOfTeams(this.pool, teamIds, range, missedAtOnce), runUpcasters);
  }

  private async inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.free === 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.free--;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }
}
