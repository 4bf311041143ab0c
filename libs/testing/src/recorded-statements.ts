import { Client, type Pool } from 'pg';

export interface RecordedStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What a plan has looked at. */
export interface LookedAt {
  /** Tables that it scanned from end to end. */
  readonly scanned: readonly string[];
  /** Rows of tables, and entries of indexes that it made a bitmap of, by table or index: those that it found, and those that it dropped. */
  readonly rows: Readonly<Record<string, number>>;
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Records the statements that this process sends to any database, as they are sent: over connections that are made after `install`. */
export class StatementRecorder {
  private recorded: RecordedStatement[] = [];

  /** Those since the last `during` began. */
  get latest(): readonly RecordedStatement[] {
    return this.recorded;
  }

  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with the client
  private constructor(private readonly query = Client.prototype.query) {}

  static install(): StatementRecorder {
    const recorder = new StatementRecorder();
    const { query } = recorder;
    Client.prototype.query = function (this: Client, ...given: unknown[]): unknown {
      recorder.note(given);
      return Reflect.apply(query, this, given) as unknown;
    } as typeof query;
    return recorder;
  }

  /** The statements sent while the work runs. */
  async during(work: () => Promise<unknown>): Promise<RecordedStatement[]> {
    this.recorded = [];
    await work();
    return this.recorded;
  }

  uninstall(): void {
    Client.prototype.query = this.query;
  }

  private note([first, second]: readonly unknown[]): void {
    const { text, values } =
      typeof first === 'string' ? { text: first, values: second } : (first as { text?: string; values?: unknown });
    if (text !== undefined)
      this.recorded.push({ text, values: Array.isArray(values) ? [...(values as unknown[])] : [] });
  }
}

/** Runs a statement that reads once more, and tells what its plan looked at. */
export async function lookedAtBy(pool: Pool, { text, values }: RecordedStatement): Promise<LookedAt> {
  const { rows } = await pool.query<{ 'QUERY PLAN': [{ readonly Plan: PlanNode }] }>(
    `explain (analyze, timing off, format json) ${text}`,
    [...values],
  );
  const looked = { scanned: [] as string[], rows: {} as Record<string, number> };
  const [found] = rows[0]?.['QUERY PLAN'] ?? [];
  if (found) look(found.Plan, looked);
  return looked;
}

function look(node: PlanNode, looked: { readonly scanned: string[]; readonly rows: Record<string, number> }): void {
  const table = node['Relation Name'] ?? (node['Node Type'] === 'Bitmap Index Scan' ? node['Index Name'] : undefined);
  if (table !== undefined) {
    const dropped = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
    looked.rows[table] = (looked.rows[table] ?? 0) + Math.round((node['Actual Rows'] + dropped) * node['Actual Loops']);
    if (node['Node Type'] === 'Seq Scan' && node['Actual Loops'] > 0) looked.scanned.push(table);
  }
  for (const child of node.Plans ?? []) look(child, looked);
}
