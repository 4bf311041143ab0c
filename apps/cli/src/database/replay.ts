import type { WorkflowRunState } from '#libs/runs';
import { maskAll } from '#libs/secrets';
import { type Paint, paintFor, printable, statusStyle, table } from '#libs/terminal';
import { write, writeJson } from '../output';
import type { Until } from '../until';
import { onPool } from './open';
import { type Opener, openerOf } from './personal';
import { type Change, newOnes, type Step, stepsOfRun } from './run-steps';
import { shownEvent, timeOf } from './shown-event';

export interface ReplayOptions {
  readonly run: string;
  readonly until?: Until;
  readonly json?: true;
}

/** The most characters of one value on a line. */
const longest = 160;

/** Prints the steps of a run, and how it stood after the last one. */
export async function replay({ run, until = () => true, json }: ReplayOptions): Promise<void> {
  await onPool(async (pool) => printSteps(await stepsOfRun(pool, run, until), openerOf(pool), json));
}

export async function printSteps(steps: readonly Step[], open: Opener, json?: true): Promise<void> {
  if (json) {
    for (const { event, changes } of steps) await writeJson(await open({ ...shownEvent(event), changes }));
    return;
  }
  const paint = paintFor(process.stdout);
  const last = steps.at(-1);
  if (last) await write(headline(last.state, paint));
  for (const { event, changes } of steps) await write(lines(event, await open(changes), paint));
  if (!last) return;
  const messages = await open(last.state.tasks.map(({ statusMessage }) => statusMessage));
  await write(standing(last, messages, paint));
}

function headline({ id, teamName, workflow }: WorkflowRunState, paint: Paint): string {
  const name = printable(workflow.displayName || workflow.name);
  return `${paint('bold', name)}, version ${workflow.version}, team ${printable(teamName)}, run ${id}\n\n`;
}

function lines(event: Step['event'], changes: readonly Change[], paint: Paint): string {
  const { position, streamVersion, type, metadata } = event;
  const who = `by ${metadata.actor}${metadata.reason === undefined ? '' : `: ${metadata.reason}`}`;
  const place = paint('dim', `v${streamVersion}`.padEnd(5) + ` #${position}  ${timeOf(event)}`);
  return `${place}  ${paint('bold', type)}  ${paint('dim', printable(who))}\n${changes.map((each) => line(each, paint)).join('')}`;
}

function line({ task, field, from, to }: Change, paint: Paint): string {
  const subject = `      ${printable(task ?? 'run')}`;
  if (field === 'status') {
    const [status = ''] = String(to).split('/');
    return `${subject}  ${typeof from === 'string' ? `${from} → ` : ''}${paint(statusStyle(status) ?? 'bold', String(to))}\n`;
  }
  if (field === 'params' || field === 'results') {
    const kind = field.slice(0, -1);
    return newOnes(from, to)
      .map(({ name, value }) => `${subject}  ${kind} ${printable(name)} = ${short(value)}\n`)
      .join('');
  }
  return `${subject}  ${field} = ${short(to)}\n`;
}

function short(value: unknown): string {
  const text = printable(JSON.stringify(value));
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}

/** How the run stood after the last step. `messages`: those of its tasks. */
function standing({ event, state }: Step, messages: readonly (string | null)[], paint: Paint): string {
  const rows = state.tasks.map(({ name, type, status, phase }, place) => [
    `  ${printable(name)}`,
    type,
    `${status}/${phase}`,
    printable(maskAll(messages[place] ?? '')).slice(0, longest),
  ]);
  const title = `After v${event.streamVersion} (#${event.position}) the run is ${state.status}/${state.phase}.`;
  return `\n${paint('bold', title)}\n${table(rows)}`;
}
