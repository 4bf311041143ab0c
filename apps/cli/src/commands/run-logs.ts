import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskRunBody, WorkflowRunBody } from '#libs/contracts';
import { agentTaskTypes } from '#libs/kernel';
import { type Paint, paintFor, printable } from '#libs/terminal';
import type { Command } from 'commander';
import { Api, pathOfRun } from '../api';
import { CliError, exitCodes } from '../exit';
import { write, writeJson } from '../output';
import { examples, jsonFlag, teamOption } from './parts';

interface LogOptions {
  readonly team: string;
  readonly task?: string;
  readonly follow?: true;
  readonly json?: true;
}

/** Milliseconds between two looks at a run that goes on. */
const pause = 500;

export function addRunLogs(run: Command): void {
  run
    .command('logs')
    .summary('print the output of the tasks of a run')
    .description('Prints the output of the tasks that agents have executed, each line with the name of its task.')
    .argument('<run>', 'id of the run')
    .addOption(teamOption())
    .option('--task <name>', 'only of this task, as it is')
    .option('-f, --follow', 'goes on until the run has ended')
    .addOption(jsonFlag('prints {"task", "line"} for each line'))
    .addHelpText(
      'after',
      examples(
        'runledger run logs 01a210d2-4185-71d7-99d7-c37cc45ff2ba --team demo --follow',
        'runledger run logs 01a210d2-4185-71d7-99d7-c37cc45ff2ba --team demo --task build',
      ),
    )
    .action(async (id: string, options: LogOptions) => {
      const api = Api.fromSettings();
      const read = () => api.call<WorkflowRunBody>('GET', pathOfRun(options.team, id));
      const current = await read();
      const isWanted = ({ name, type }: TaskRunBody) =>
        options.task === undefined ? agentTaskTypes.some((each) => each === type) : name === options.task;
      if (options.task !== undefined && !current.tasks?.some(isWanted)) {
        throw new CliError(exitCodes.no, `The run has no task ${options.task}.`);
      }
      const print = printer(options, paintFor(process.stdout));
      if (options.follow) await follow(api, current, read, isWanted, print);
      else for (const task of begun(current, isWanted)) await copy(api, task, print);
    });
}

type Print = (task: string, line: string) => Promise<void>;

function printer({ task, json }: LogOptions, paint: Paint): Print {
  if (json) return (name, line) => writeJson({ task: name, line });
  if (task !== undefined) return (_name, line) => write(`${line}\n`);
  return (name, line) => write(`${paint('dim', `${printable(name).padEnd(15)} │`)} ${line}\n`);
}

/** The wanted tasks that an agent has begun. */
function begun({ tasks = [] }: WorkflowRunBody, isWanted: (task: TaskRunBody) => boolean): TaskRunBody[] {
  return tasks.filter((task) => isWanted(task) && task.startTime !== undefined && task.status !== 'skipped');
}

/** Reads each log from when its task begins until it ends, several at a time. */
async function follow(
  api: Api,
  current: WorkflowRunBody,
  read: () => Promise<WorkflowRunBody>,
  isWanted: (task: TaskRunBody) => boolean,
  print: Print,
): Promise<void> {
  const ending = new AbortController();
  const open = new Map<string, Promise<void>>();
  let failure: unknown;
  try {
    for (let run = current; ; run = await read()) {
      for (const task of begun(run, isWanted)) {
        if (open.has(task.id)) continue;
        const copying = copy(api, task, print, ending.signal);
        copying.catch((error: unknown) => (failure ??= error));
        open.set(task.id, copying);
      }
      if (run.phase === 'completed' || run.phase === 'finalized') break;
      await sleep(pause);
      if (failure !== undefined) break;
    }
    await Promise.all(open.values());
  } finally {
    ending.abort();
  }
}

/** `signal`: follows until the task has ended, or the signal comes; absent: what is stored now. */
async function copy(api: Api, { id, name }: TaskRunBody, print: Print, signal?: AbortSignal): Promise<void> {
  const pieces = api.stream(`/api/v2/taskrun/${id}/log`, { follow: signal ? 'true' : 'false' }, signal);
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) await print(name, line);
  }
  if (rest !== '') await print(name, rest);
}
