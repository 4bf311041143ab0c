import type { RetryPlanBody, WorkflowRunBody } from '#libs/contracts';
import type { Page } from '#libs/http';
import { runPhases, runStatuses } from '#libs/kernel';
import { type Paint, paintFor, printable, statusStyle, table } from '#libs/terminal';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Api, pathOfRun } from '../api';
import { write, writeJson } from '../output';
import { addRunBulk } from './run-bulk';
import { addRunLogs } from './run-logs';
import { examples, jsonFlag, listOption, reasonOption, teamOption, wholeNumber } from './parts';

interface Common {
  readonly team: string;
  readonly reason?: string;
  readonly json?: true;
}

interface SubmitOptions extends Common {
  readonly param?: Readonly<Record<string, string>>;
  readonly paramJson?: Readonly<Record<string, unknown>>;
  readonly label?: Readonly<Record<string, string>>;
  readonly workflowVersion?: number;
  readonly start?: true;
  readonly idempotencyKey?: string;
}

interface ListOptions extends Common {
  readonly status?: readonly string[];
  readonly phase?: readonly string[];
  readonly workflow?: readonly string[];
  readonly label?: readonly string[];
  readonly limit: number;
  readonly page: number;
  readonly all?: true;
}

interface RetryOptions extends Common {
  readonly from?: string;
  readonly dryRun?: true;
}

const anId = '01a210d2-4185-71d7-99d7-c37cc45ff2ba';

export function addRun(program: Command): void {
  const run = program
    .command('run')
    .summary('submit, show, list, cancel and retry runs, and read their logs')
    .description('Submits, shows, lists, cancels and retries runs, and reads their logs, through the server.')
    .helpCommand(false)
    .addHelpText(
      'after',
      examples('runledger run submit release-train --team demo', 'runledger run list --team demo --status failed'),
    );

  run
    .command('submit')
    .summary('submit a run of a workflow')
    .description('Submits a run of a workflow, and prints its id.')
    .argument('<workflow>', 'name of the workflow')
    .addOption(teamOption())
    .addOption(new Option('--param <name=value>', 'a param, as a text; can be given several times').argParser(pair))
    .addOption(
      new Option('--param-json <name=json>', 'a param, as JSON; can be given several times').argParser(jsonPair),
    )
    .addOption(new Option('--label <name=value>', 'a label; can be given several times').argParser(pair))
    .addOption(
      new Option('--workflow-version <n>', 'the version of the workflow (default: the latest)').argParser(wholeNumber),
    )
    .option('--start', 'starts it at once, without an agent')
    .option('--idempotency-key <key>', 'the same key makes the same run, however often it is sent')
    .addOption(reasonOption())
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      examples(
        'runledger run submit release-train --team demo --param colour=blue --label by=cli',
        `runledger run submit release-train --team demo --param-json 'hosts=["a","b"]' --json`,
      ),
    )
    .action(async (workflow: string, options: SubmitOptions) => {
      const { team, start, workflowVersion, reason, idempotencyKey, json } = options;
      const params = Object.entries({ ...options.param, ...options.paramJson }).map(([name, value]) => ({
        name,
        value,
      }));
      const body = {
        ...(params.length > 0 && { params }),
        ...(options.label && { labels: options.label }),
        ...(workflowVersion !== undefined && { workflowVersion }),
      };
      const path = `/api/v2/team/${encodeURIComponent(team)}/workflow/${encodeURIComponent(workflow)}/submit`;
      const query = { start: start && 'true' };
      const made = await Api.fromSettings().call<WorkflowRunBody>('POST', path, {
        query,
        body,
        reason,
        idempotencyKey,
      });
      return json ? writeJson(made) : write(`${made.id}\n`);
    });

  run
    .command('get')
    .summary('show a run with its tasks')
    .description('Shows how a run stands, with its tasks and results.')
    .argument('<run>', 'id of the run')
    .addOption(teamOption())
    .addOption(jsonFlag())
    .addHelpText('after', examples(`runledger run get ${anId} --team demo`))
    .action(async (id: string, { team, json }: Common) => {
      const found = await Api.fromSettings().call<WorkflowRunBody>('GET', pathOfRun(team, id));
      return json ? writeJson(found) : write(described(found, paintFor(process.stdout)));
    });

  run
    .command('list')
    .summary('list runs, the newest first')
    .description('Lists the runs of a team, the newest first.')
    .addOption(teamOption())
    .addOption(
      listOption('--status <status>', `only this status (${runStatuses.join(', ')}); can be given several times`),
    )
    .addOption(listOption('--phase <phase>', `only this phase (${runPhases.join(', ')}); can be given several times`))
    .addOption(listOption('--workflow <name>', 'only of this workflow; can be given several times'))
    .addOption(listOption('--label <name=value>', 'only with this label; can be given several times'))
    .addOption(new Option('--limit <n>', 'the most runs').argParser(wholeNumber).default(20))
    .addOption(new Option('--page <n>', 'which page, from 1').argParser(wholeNumber).default(1))
    .addOption(
      new Option('--all', 'all runs in place of a page: as many as there are; with --json, one in each line').conflicts(
        ['limit', 'page'],
      ),
    )
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      examples(
        'runledger run list --team demo --status running --status waiting',
        'runledger run list --team demo --json',
        'runledger run list --team demo --all --json | jq .id',
      ),
    )
    .action(async ({ team, status, phase, workflow, label, limit, page, all, json }: ListOptions) => {
      const query = {
        statuses: status?.join(','),
        phase: phase?.join(','),
        workflows: workflow?.join(','),
        labels: label?.map((each) => encodeURIComponent(each)).join(','),
        order: 'DESC',
      };
      if (all) return writeAll(team, query, json ?? false);
      const found = await pageOf(team, { ...query, limit: String(limit), page: String(page - 1) });
      return json ? writeJson(found) : write(table([head, ...found.content.map(listed)]));
    });

  run
    .command('cancel')
    .summary('cancel a run')
    .description('Cancels a run: its tasks are stopped.')
    .argument('<run>', 'id of the run')
    .addOption(teamOption())
    .addOption(reasonOption())
    .addOption(jsonFlag())
    .addHelpText('after', examples(`runledger run cancel ${anId} --team demo --reason "wrong branch"`))
    .action(async (id: string, { team, reason, json }: Common) => {
      const ended = await Api.fromSettings().call<WorkflowRunBody>('DELETE', `${pathOfRun(team, id)}/cancel`, {
        reason,
      });
      return json ? writeJson(ended) : write(`Run ${ended.id} is ${ended.status}.\n`);
    });

  run
    .command('retry')
    .summary('make a run again')
    .description('Makes a new run as a retry of one that has ended, and prints its id.')
    .argument('<run>', 'id of the run')
    .addOption(teamOption())
    .option('--from <task>', '`failed`, or the name of a task: runs only those tasks and the ones after them')
    .option('--dry-run', 'only prints which tasks would run')
    .addOption(reasonOption())
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      examples(
        `runledger run retry ${anId} --team demo`,
        `runledger run retry ${anId} --team demo --from failed --dry-run`,
      ),
    )
    .action(async (id: string, { team, from, dryRun, reason, json }: RetryOptions) => {
      const query = { from, dryRun: dryRun && 'true' };
      const path = `${pathOfRun(team, id)}/retry`;
      const answer = await Api.fromSettings().call<WorkflowRunBody | RetryPlanBody>('PUT', path, { query, reason });
      if (json) return writeJson(answer);
      if (!('dryRun' in answer)) return write(`${answer.id}\n`);
      const rows = [
        ...answer.tasks.map(({ name, status }) => [printable(name), 'runs', `it was ${status}`]),
        ...answer.reused.map(({ name, status }) => [printable(name), 'is reused', `it was ${status}`]),
      ];
      return write(table(rows));
    });

  addRunBulk(run);
  addRunLogs(run);
}

/** Runs that `--all` asks for at once. */
const runsAtOnce = '50';
const head = ['ID', 'WORKFLOW', 'STATUS', 'CREATED', 'DURATION'];

function listed(run: WorkflowRunBody): string[] {
  const { id, workflowName, status, phase, creationDate, duration } = run;
  return [id, printable(workflowName ?? ''), `${status}/${phase}`, creationDate, `${duration} ms`];
}

function pageOf(team: string, query: Readonly<Record<string, string | undefined>>): Promise<Page<WorkflowRunBody>> {
  const path = `/api/v2/team/${encodeURIComponent(team)}/workflowrun/query`;
  return Api.fromSettings().call('GET', path, { query });
}

/** Page after page, so that memory stays flat. */
async function writeAll(
  team: string,
  query: Readonly<Record<string, string | undefined>>,
  isJson: boolean,
): Promise<void> {
  let cursor: string | undefined;
  do {
    const page = await pageOf(team, { ...query, limit: runsAtOnce, cursor });
    if (isJson) for (const run of page.content) await writeJson(run);
    else await write(table([...(cursor === undefined ? [head] : []), ...page.content.map(listed)]));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

function described(run: WorkflowRunBody, paint: Paint): string {
  const status = (text: string, phase: string) => paint(statusStyle(text) ?? 'bold', `${text}/${phase}`);
  const name = printable(run.workflowDisplayName ?? run.workflowName ?? run.workflowRef);
  const tasks = run.tasks?.map((task) => [
    `  ${printable(task.name)}`,
    task.type,
    `${task.status}/${task.phase}`,
    `${task.duration} ms`,
    printable(task.statusMessage ?? ''),
  ]);
  return [
    `${paint('bold', name)}, version ${run.workflowVersion}, run ${run.id}\n`,
    `${status(run.status, run.phase)} after ${run.duration} ms; created ${run.creationDate}, by ${run.trigger}\n`,
    ...(run.statusMessage === undefined ? [] : [`${printable(run.statusMessage)}\n`]),
    ...run.results.map(
      ({ name: result, value }) => `result ${printable(result)} = ${printable(JSON.stringify(value))}\n`,
    ),
    table(tasks ?? []),
  ].join('');
}

function pair(text: string, all: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const [name, value] = split(text);
  return { ...all, [name]: value };
}

function jsonPair(text: string, all: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  const [name, value] = split(text);
  try {
    return { ...all, [name]: JSON.parse(value) as unknown };
  } catch {
    throw new InvalidArgumentError('The value must be JSON.');
  }
}

function split(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be a name and a value, with = between them.');
  return [text.slice(0, at), text.slice(at + 1)];
}
