import type { LedgerMoment, WorkflowName } from '#libs/contracts';
import { findMoment, readStreamPage } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { type Save, saveIn, saveTypes } from './shown-save';

/** Reads single saves of a workflow from the ledger. */
@Injectable()
export class WorkflowSaves {
  constructor(private readonly pool: Pool) {}

  /** The last save before a version of the stream; null if there is none. */
  async before(workflowId: string, version: number): Promise<Save | null> {
    return this.at(workflowId, {
      name: 'save_before',
      condition: 'stream_version < $3',
      value: version,
    });
  }

  /** The name at a moment; null if it is that of now, or the workflow did not exist. */
  async nameAt(workflowId: string, moment: LedgerMoment): Promise<WorkflowName | null> {
    const { version, newest } = await findMoment(this.pool, workflowId, moment);
    if (version === newest) return null;
    const { rows } = await this.pool.query<WorkflowName>({
      name: 'workflow_name_at',
      text: `select save -> 'summary' ->> 'name' as name, save -> 'summary' ->> 'displayName' as "displayName"
               from (select data::jsonb as save from event where stream_id = $1 and stream_version <= $2 and type = any($3)
                      order by stream_version desc limit 1) as last`,
      values: [workflowId, version, saveTypes],
    });
    return rows[0] ?? null;
  }

  /** The save that the workflow's revision of that number stands by; null if there is none. */
  async ofRevision(workflowId: string, number: number): Promise<Save | null> {
    return this.at(workflowId, {
      name: 'save_of_revision',
      condition: `data::jsonb -> 'revision' ->> 'id' = (select id::text from workflow_revision where workflow_id = $1 and number = $3 and current)`,
      value: number,
    });
  }

  private async at(
    workflowId: string,
    { name, condition, value }: { readonly name: string; readonly condition: string; readonly value: number },
  ): Promise<Save | null> {
    const { rows } = await this.pool.query<{ version: number }>({
      name,
      text: `select stream_version as version from event where stream_id = $1 and type = any($2) and ${condition}
              order by stream_version desc limit 1`,
      values: [workflowId, saveTypes, value],
    });
    const [found] = rows;
    if (!found) return null;
    const [event] = await readStreamPage(this.pool, workflowId, { afterVersion: found.version - 1, limit: 1 });
    return event ? saveIn(event) : null;
  }
}
