import { withClient } from '#libs/database';
import { type Difference, type Rebuilt, rebuildViews, ReplayError, type ViewName } from '#libs/rebuild';
import { mask } from '#libs/secrets';
import { type Paint, printable, Progress } from '#libs/terminal';
import type { Pool, PoolClient } from 'pg';
import { CliError, exitCodes } from '../exit';
import { shownData } from './shown-event';

type Shown = Readonly<Record<string, unknown>>;

/** Replays and compares, with a bar; then does the work on the same connection. */
export async function onRebuilt<Result>(
  pool: Pool,
  views: readonly ViewName[],
  work: (rebuilt: Rebuilt, client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const progress = new Progress(process.stderr, 'events');
  return withClient(pool, async (client) => {
    const options = { views, onReplayed: (events: number, total: number) => progress.show(events, total) };
    const rebuilt = await withClient(pool, (reader) => rebuildViews(client, reader, options)).finally(() =>
      progress.end(),
    );
    return work(rebuilt, client);
  }).catch((error: unknown) => {
    if (error instanceof ReplayError) throw new CliError(exitCodes.no, `${error.message} Run \`runledger verify\`.`);
    if ((error as { code?: unknown }).code === '42501') {
      const { message } = error as Error;
      throw new CliError(
        exitCodes.away,
        `The role may not do this (${message}): it needs select on all tables, and temporary tables.`,
      );
    }
    throw error;
  });
}

/** A difference as it is printed; secrets are masked. */
export interface ShownDifference {
  readonly view: string;
  readonly key: Shown;
  readonly problem: 'changed' | 'missing' | 'extra';
  /** Where it is changed: the column, with the path into JSON. */
  readonly columns: readonly { readonly column: string; readonly live: unknown; readonly rebuilt: unknown }[];
}

export function shownDifference({ view, key, columns, live, rebuilt }: Difference): ShownDifference {
  const problem = live === null ? 'missing' : rebuilt === null ? 'extra' : 'changed';
  return {
    view,
    key,
    problem,
    columns: problem === 'changed' ? columns.flatMap((name) => places(name, live?.[name], rebuilt?.[name])) : [],
  };
}

/** What differs within a column. Secrets are masked before, so where only those differ, it is the column. */
function places(column: string, live: unknown, rebuilt: unknown): ShownDifference['columns'][number][] {
  if (column === 'sha256') return [{ column, live: mask, rebuilt: mask }];
  const found = [...pathsOf(column, shown(live), shown(rebuilt))].slice(0, mostPlaces);
  return found.length > 0 ? found : [{ column, live: mask, rebuilt: mask }];
}

/** Places that are listed within one column. */
const mostPlaces = 10;

function shown(value: unknown): unknown {
  return hideHashes(shownData(value ?? null));
}

/** The hash of a token stays in the ledger. */
function hideHashes(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return 'sha256' in value ? { ...(value as object), sha256: mask } : value;
}

function* pathsOf(column: string, live: unknown, rebuilt: unknown): Generator<ShownDifference['columns'][number]> {
  if (JSON.stringify(live) === JSON.stringify(rebuilt)) return;
  if (!isObject(live) || !isObject(rebuilt)) {
    yield { column, live: live ?? null, rebuilt: rebuilt ?? null };
    return;
  }
  for (const name of new Set([...Object.keys(live), ...Object.keys(rebuilt)])) {
    yield* pathsOf(`${column}.${name}`, live[name], rebuilt[name]);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The most characters of one value on a line. */
const longest = 120;

export function differenceLines(difference: ShownDifference, paint: Paint): string {
  const { view, key, problem, columns } = difference;
  const where = `${paint('bold', view)} ${printable(Object.values(key).map(String).join(' '))}`;
  if (problem === 'missing') return `${where}: the row is ${paint('red', 'missing')}\n`;
  if (problem === 'extra') return `${where}: the row ${paint('red', 'should not be there')}\n`;
  return columns
    .map(({ column, live, rebuilt }) => `${where}  ${column}: live ${short(live)}, rebuilt ${short(rebuilt)}\n`)
    .join('');
}

function short(value: unknown): string {
  const text = printable(JSON.stringify(value));
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}

/** How many rows differ, and in which views. */
export function verdictLine({ views, position }: Rebuilt, paint: Paint): string {
  const wrong = views.filter(({ differences }) => differences > 0);
  const rows = views.reduce((sum, view) => sum + view.rows, 0);
  const names = (all: Rebuilt['views']) => (all.length === 1 ? 'view' : 'views');
  if (wrong.length === 0) {
    return `${paint('green', 'same')}: ${views.length} ${names(views)} with ${rows} rows are what the ledger says up to position ${position}\n`;
  }
  const counts = wrong.map(({ view, differences }) => `${view} (${differences})`).join(', ');
  return `${paint('red', 'different')}: ${countOf(wrong)} rows in ${counts}, up to position ${position}\n`;
}

export function countOf(views: Rebuilt['views']): number {
  return views.reduce((sum, { differences }) => sum + differences, 0);
}
