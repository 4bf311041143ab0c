import { columnValues, type ViewFunctions, type ViewUpdate } from '#libs/ledger';
import type { PoolClient } from 'pg';
import { rowKeys, type View, viewNames, viewOf } from './views';

type Row = Readonly<Record<string, unknown>>;

/** Rows that add to counters are summed here, and written once. */
const counters: Readonly<Record<string, readonly string[]>> = {
  run_count_apply: ['team_id', 'workflow_id', 'day', 'status', 'phase', 'trigger'],
  team_load_apply: ['team_id', 'month'],
};

/**
 * Tables like the views, empty, for this connection alone: temporary ones come first where a name has no schema, so the
 * functions of the views write into these. They go with the connection.
 */
export async function createShadows(client: PoolClient): Promise<void> {
  const tables = viewNames.map((name) => {
    const { key } = viewOf(name);
    return `create temp table ${name} (like public.${name} including defaults, primary key (${key.join(', ')}));`;
  });
  await client.query(
    `${tables.join('\n')}
     -- Empty, so nothing counts labels in passing: they are counted once, at the end.
     create temp table counted_labels (like public.counted_labels);
     create temp table difference (view text, stream uuid, key jsonb, columns text[], live jsonb, rebuilt jsonb)`,
  );
}

/** A column of a view, and how two of its values are compared: JSON byte by byte. */
export interface Column {
  readonly name: string;
  readonly compared: (of: string) => string;
}

/** The columns of each view. */
export async function viewColumns(client: PoolClient): Promise<ReadonlyMap<string, readonly Column[]>> {
  const { rows } = await client.query<{ view: string; name: string; type: string }>(
    `select c.relname as view, a.attname as name, format_type(a.atttypid, null) as type
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relname = any($1) order by c.relname, a.attnum`,
    [viewNames],
  );
  const columns = new Map<string, Column[]>();
  for (const { view, name, type } of rows) {
    const cast = type.startsWith('json') ? '::text' : '';
    const all = columns.get(view) ?? [];
    columns.set(view, all);
    all.push({ name, compared: (of) => `${of}.${name}${cast}` });
  }
  return columns;
}

/** The columns that the ledger decides. */
export function derivedColumns(view: View, columns: readonly Column[] = []): Column[] {
  return columns.filter(({ name }) => !view.notDerived?.includes(name));
}

/** Whether `l` and `s` differ in a column. */
export function differs({ compared }: Column): string {
  return `${compared('l')} is distinct from ${compared('s')}`;
}

/** Gathers the rows that projections make, and writes them into the shadow tables. */
export class ShadowWriter {
  private readonly gathered = new Map<string, Row[]>();
  private readonly sums = new Map<string, Map<string, Row>>();

  constructor(
    private readonly client: PoolClient,
    private readonly functions: ViewFunctions,
  ) {}

  add({ sqlFunction, rows }: ViewUpdate): void {
    const counter = counters[sqlFunction];
    if (counter) return this.sum(sqlFunction, counter, rows as readonly Row[]);
    const known = this.gathered.get(sqlFunction);
    if (!known) this.gathered.set(sqlFunction, [...(rows as readonly Row[])]);
    else for (const row of rows as readonly Row[]) known.push(row);
  }

  /** Writes what has been gathered until now, but for the counters. */
  async flush(): Promise<void> {
    const rows = [...this.gathered];
    this.gathered.clear();
    for (const [name, own] of rows) await this.write(name, own);
  }

  async flushCounters(): Promise<void> {
    for (const [name, rows] of this.sums) {
      // A load is that of a team's last month: month by month.
      const sorted = [...rows.values()].sort((a, b) => (String(a['month']) < String(b['month']) ? -1 : 1));
      await this.write(name, sorted);
    }
    this.sums.clear();
  }

  private sum(name: string, key: readonly string[], rows: readonly Row[]): void {
    const sums = this.sums.get(name) ?? new Map<string, Row>();
    this.sums.set(name, sums);
    for (const row of rows) {
      const id = key.map((field) => row[field]).join();
      const sum = sums.get(id);
      const added = Object.entries(row).map(([field, value]) => [
        field,
        typeof value === 'number' ? value + ((sum?.[field] as number | undefined) ?? 0) : value,
      ]);
      sums.set(id, Object.fromEntries(added) as Row);
    }
  }

  /** Rows that change the same row of the view one after the other go into calls one after the other. */
  private async write(name: string, rows: readonly Row[]): Promise<void> {
    const key = rowKeys[name] ?? (name === 'team_load_apply' ? ['team_id'] : (counters[name] ?? ['id']));
    const calls: Row[][] = [];
    const times = new Map<string, number>();
    for (const row of rows) {
      const id = key.length === 1 ? (row[key[0] ?? ''] as string) : key.map((field) => String(row[field])).join(' ');
      const before = times.get(id) ?? 0;
      times.set(id, before + 1);
      (calls[before] ??= []).push(row);
    }
    const [known] = await this.functions.find([name]);
    for (const call of calls) {
      const values = known?.columns ? columnValues(known.columns, call) : [JSON.stringify(call)];
      const places = values.map((_, place) => `$${place + 1}`).join(', ');
      await this.client.query({ name: `shadow ${name}`, text: `select ${name}(${places})`, values });
    }
  }
}
