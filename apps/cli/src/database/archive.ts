import { resolve } from 'node:path';
import { archiveNames, type ArchiveState, readArchive, readRun } from '#libs/archive';
import { isId } from '#libs/kernel';
import { paintFor, printable, table } from '#libs/terminal';
import { checkProvenRuns } from '#libs/transparency';
import type { Pool } from 'pg';
import { CliError, exitCodes, wrongUsage } from '../exit';
import { write, writeJson } from '../output';
import { settings } from '../settings';
import type { Until } from '../until';
import { onPool } from './open';
import { closed, openerOf } from './personal';
import { printSteps } from './replay';
import { stepsOfProof } from './run-steps';

export interface ArchiveOptions {
  readonly folder?: string;
  readonly json?: true;
}

export interface ShowOptions extends ArchiveOptions {
  readonly archive?: string;
  readonly until?: Until;
  readonly proof?: true;
}

interface Recorded extends ArchiveState {
  readonly id: string;
  readonly isRemoved: boolean;
}

function folderOf({ folder = settings().archiveFolder }: ArchiveOptions): string {
  if (folder === undefined) throw wrongUsage('Say where the archives are: --folder or RUNLEDGER_ARCHIVE_FOLDER.');
  return resolve(folder);
}

async function recordedArchives(pool: Pool): Promise<Recorded[]> {
  const { rows } = await pool.query<{ id: string; data: ArchiveState; removed: boolean }>(
    `select a.id, e.data::jsonb as data, a.positions is not null as removed
       from ledger_archive a join event e on e.stream_id = a.id and e.stream_version = 1 order by e.position`,
  );
  return rows.map(({ id, data, removed }) => ({ ...data, id, isRemoved: removed }));
}

export async function listArchives(options: ArchiveOptions): Promise<void> {
  const folder = folderOf(options);
  const [files, recorded] = [new Set(await archiveNames(folder)), await onPool(recordedArchives)];
  const known = new Set(recorded.map(({ name }) => name));
  const all = [
    ...recorded.map((each) => ({
      ...each,
      state: !files.has(each.name) ? 'missing' : each.isRemoved ? 'archived' : 'under way',
    })),
    ...[...files].filter((name) => !known.has(name)).map((name) => ({ name, state: 'not recorded' })),
  ];
  if (options.json) {
    for (const each of all) await writeJson(each);
    return;
  }
  const rows = all.map((each) => {
    const { teamId = '', runs = '', events = '', bytes = '', firstPosition, lastPosition } = each as Partial<Recorded>;
    const positions = firstPosition === undefined ? '' : `${firstPosition}–${lastPosition}`;
    return [printable(each.name), each.state, teamId, String(runs), String(events), String(bytes), positions];
  });
  await write(table([['NAME', 'STATE', 'TEAM', 'RUNS', 'EVENTS', 'BYTES', 'POSITIONS'], ...rows]));
}

export async function verifyArchives(
  names: readonly string[],
  options: ArchiveOptions & { readonly key?: string },
): Promise<void> {
  const folder = folderOf(options);
  const recorded = await onPool(recordedArchives);
  const unknown = names.find((name) => !recorded.some((each) => each.name === name));
  if (unknown !== undefined) throw new CliError(exitCodes.no, `The ledger names no archive ${unknown}.`);
  const paint = paintFor(process.stdout);
  for (const archive of recorded.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const problem = await problemOf(folder, archive, options.key);
    if (problem !== null) process.exitCode = exitCodes.no;
    if (options.json)
      await writeJson({ name: archive.name, intact: problem === null, ...(problem !== null && { problem }) });
    else if (problem === null) await write(`${paint('green', 'whole')}: ${archive.name}, ${archive.runs} runs\n`);
    else await write(`${paint('red', 'broken')}: ${archive.name}: ${printable(problem)}\n`);
  }
}

/** What is wrong with an archive; null: nothing. */
async function problemOf(folder: string, { name, sha256 }: Recorded, key: string | undefined): Promise<string | null> {
  try {
    const archive = await readArchive(folder, name);
    checkProvenRuns(archive, key === undefined ? undefined : [key]);
    return archive.sha256 === sha256 ? null : 'It is not the file whose hash the ledger has.';
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'The file is missing.' : message;
  }
}

export async function showRun(run: string, options: ShowOptions): Promise<void> {
  if (!isId(run)) throw wrongUsage('<run> must be the id of a run.');
  const folder = folderOf(options);
  const name = options.archive ?? (await onPool((pool) => archiveOf(pool, run)));
  const proof = await readRun(folder, name, run).catch((error: unknown) => {
    throw new CliError(exitCodes.no, `${name} cannot be read: ${(error as Error).message}`);
  });
  if (!proof) throw new CliError(exitCodes.no, `${name} has no run ${run}.`);
  if (options.proof) return writeJson(proof);
  const steps = await stepsOfProof(proof, options.until ?? (() => true));
  if (options.archive !== undefined) return printSteps(steps, closed, options.json);
  await onPool((pool) => printSteps(steps, openerOf(pool), options.json));
}

async function archiveOf(pool: Pool, run: string): Promise<string> {
  const { rows } = await pool.query<{ name: string }>(
    `select a.state ->> 'name' as name from archived_run r join ledger_archive a on a.id = r.archive_id where r.id = $1`,
    [run],
  );
  const [row] = rows;
  if (!row) throw new CliError(exitCodes.no, `No archive has the run ${run}.`);
  return row.name;
}
