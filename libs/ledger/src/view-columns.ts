import type { Pool, PoolClient } from 'pg';
import { binaryArray, type ColumnType } from './binary-array';

/** The columns of a view's rows: names of fields, and types. */
export type ViewColumns = readonly (readonly [field: string, type: ColumnType])[];

export interface ViewFunction {
  /** One for each function, cached in this process. */
  readonly number: number;
  /** Null for a function that takes its rows as one JSON document. */
  readonly columns: ViewColumns | null;
}

interface Signature {
  readonly name: string;
  readonly fields: readonly string[];
  readonly types: readonly string[];
}

/**
 * The arguments of the views' SQL functions, as the database describes them: each argument has the name of a row's
 * field, and is an array of its values. So only the function itself defines a view. Queried once per process.
 */
export class ViewFunctions {
  private readonly known = new Map<string, ViewFunction>();

  constructor(private readonly pool: Pool | PoolClient) {}

  async find(names: readonly string[]): Promise<readonly ViewFunction[]> {
    const unknown = names.filter((name) => !this.known.has(name));
    if (unknown.length > 0) await this.learn(unknown);
    return names.map((name) => {
      const found = this.known.get(name);
      if (!found) throw new Error(`The database has no function ${name}`);
      return found;
    });
  }

  private async learn(names: readonly string[]): Promise<void> {
    const { rows } = await this.pool.query<Signature>({
      name: 'view_functions',
      text: `select p.proname as name, p.proargnames as fields, array_agg(coalesce(e.typname, t.typname) order by a.n)::text[] as types
               from pg_proc p
                    cross join lateral unnest(p.proargtypes) with ordinality as a(type, n)
                    join pg_type t on t.oid = a.type
                    left join pg_type e on e.oid = t.typelem and t.typcategory = 'A'
              where p.pronamespace = current_schema()::regnamespace and p.proname = any($1::text[])
              group by p.oid`,
      values: [names],
    });
    for (const { name, fields, types } of rows) {
      const isDocument = types.length === 1 && types[0] === 'jsonb';
      const columns = fields.map((field, place) => [field, types[place] as ColumnType] as const);
      this.known.set(name, { number: this.known.size, columns: isDocument ? null : columns });
    }
  }
}

/** The rows column by column. */
export function columnValues(columns: ViewColumns, rows: readonly unknown[]): Buffer[] {
  const records = rows as readonly Readonly<Record<string, unknown>>[];
  return columns.map(([field, type]) => {
    const values = records.map((row) => row[field]);
    return binaryArray(type, type === 'json' || type === 'jsonb' ? values.map(jsonText) : values);
  });
}

function jsonText(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
