import type { RecordedEvent } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { type Standing, standingAfter } from '../../domain';
import { readStandingBefore } from '../../read/run-event-links';

/** Runs whose standing is remembered. */
const mostRemembered = 10_000;

/** Where runs stood before events and after them. */
@Injectable()
export class RunStandings {
  /** By run, those last asked for at the end. */
  private readonly known = new Map<string, { readonly version: number; readonly standing: Standing | null }>();

  constructor(private readonly pool: Pool) {}

  async around(event: RecordedEvent): Promise<{ readonly before: Standing | null; readonly after: Standing | null }> {
    const { streamId, streamVersion } = event;
    const before = await this.before(streamId, streamVersion);
    const after = standingAfter(before, event);
    this.known.delete(streamId);
    this.known.set(streamId, { version: streamVersion, standing: after });
    const [oldest] = this.known.keys();
    if (this.known.size > mostRemembered && oldest !== undefined) this.known.delete(oldest);
    return { before, after };
  }

  private async before(runId: string, version: number): Promise<Standing | null> {
    if (version === 1) return null;
    const known = this.known.get(runId);
    return known?.version === version - 1 ? known.standing : readStandingBefore(this.pool, runId, version);
  }
}
