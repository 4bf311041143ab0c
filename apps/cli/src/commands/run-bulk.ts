import { setTimeout as sleep } from 'node:timers/promises';
import type { BulkBody, BulkPreviewBody, BulkRunBody } from '#libs/contracts';
import type { Page } from '#libs/http';
import { bulkActions, bulkOutcomes, runOutcomes, runPhases, runStatuses } from '#libs/kernel';
import { printable } from '#libs/terminal';
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { Api } from '../api';
import { CliError, exitCodes } from '../exit';
import { write, writeJson } from '../output';
import { examples, jsonFlag, listOption, reasonOption, teamOption } from './parts';

interface BulkOptions {
  readonly team: string;
  readonly run?: readonly string[];
  readonly status?: readonly string[];
  readonly phase?: readonly string[];
  readonly workflow?: readonly string[];
  readonly label?: Readonly<Record<string, string>>;
  readonly all?: true;
  readonly from?: string;
  readonly dryRun?: true;
  readonly wait: boolean;
  readonly reason?: string;
  readonly json?: true;
}

/** Milliseconds between two looks at a job that is at work. */
const pause = 500;
/** Refused runs that are printed. */
const maxRefused = 20;

export function addRunBulk(run: Command): void {
  run
    .command('bulk')
    .summary('cancel or retry many runs')
    .description('Cancels or retries many runs in one job of the server, and waits for its end.')
    .addArgument(new Argument('<action>', 'what to do to each run').choices(bulkActions))
    .addOption(teamOption())
    .addOption(listOption('--run <id>', 'this run; can be given several times, in place of the filters below'))
    .addOption(
      listOption('--status <status>', `runs of this status (${runStatuses.join(', ')}); can be given several times`),
    )
    .addOption(
      listOption('--phase <phase>', `runs of this phase (${runPhases.join(', ')}); can be given several times`),
    )
    .addOption(listOption('--workflow <name>', 'runs of this workflow; can be given several times'))
    .addOption(new Option('--label <name=value>', 'runs with this label; can be given several times').argParser(label))
    .option('--all', 'every run of the team, without any filter')
    .option(
      '--from <task>',
      'of a retry: `failed`, or the name of a task: runs only those tasks and the ones after them',
    )
    .option('--dry-run', 'only prints what would come of it')
    .option('--no-wait', 'prints the id of the job, and does not wait')
    .addOption(reasonOption())
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      examples(
        'runledger run bulk cancel --team demo --workflow nightly --status running --dry-run',
        'runledger run bulk retry --team demo --status failed --from failed --reason "the store is back"',
      ),
    )
    .action(async (action: string, options: BulkOptions) => {
      const { team, dryRun, wait, reason, json } = options;
      const api = Api.fromSettings();
      const path = `/api/v2/team/${encodeURIComponent(team)}/bulk`;
      const body = requestOf(action, options);
      if (dryRun) {
        const preview = await api.call<BulkPreviewBody>('POST', path, { body: { ...body, dryRun: true } });
        return json ? writeJson(preview) : write(previewed(preview));
      }
      const made = await api.call<BulkBody>('POST', path, { body, reason });
      if (!wait) return json ? writeJson(made) : write(`${made.id}\n`);
      let job = made;
      while (job.status === 'running') {
        await sleep(pause);
        job = await api.call<BulkBody>('GET', `${path}/${made.id}`);
      }
      const query = { outcome: 'refused', limit: String(maxRefused) };
      const refused = await api.call<Page<BulkRunBody>>('GET', `${path}/${made.id}/runs`, { query });
      await (json ? writeJson(job) : write(ended(job, refused.content)));
      if (job.status !== 'completed') {
        throw new CliError(exitCodes.no, job.statusMessage ?? 'Somebody has ended the job before its end.');
      }
    });
}

function requestOf(action: string, { run, status, phase, workflow, label: labels, all, from }: BulkOptions) {
  const filters = {
    ...(status && { statuses: status }),
    ...(phase && { phase }),
    ...(workflow && { workflows: workflow }),
    ...(labels && { labels }),
  };
  return {
    action,
    ...(run && { runs: run }),
    ...((!run || Object.keys(filters).length > 0) && { filters }),
    ...(all && { all }),
    ...(from !== undefined && { from }),
  };
}

function previewed({ runs, outcomes, refusals }: BulkPreviewBody): string {
  const counts = runOutcomes.map((each) => `${outcomes[each]} ${each}`).join(', ');
  return [
    `${runs} runs: it would be ${counts}.\n`,
    ...refusals.map(({ message, runs: count }) => `  ${count} refused: ${printable(message)}\n`),
  ].join('');
}

function ended({ id, status, runs, outcomes }: BulkBody, refused: readonly BulkRunBody[]): string {
  const counts = bulkOutcomes.filter((each) => outcomes[each] > 0).map((each) => `${outcomes[each]} ${each}`);
  return [
    `Job ${id} is ${status}. ${runs} runs: ${counts.join(', ')}.\n`,
    ...refused.map(({ workflowRunRef, message = '' }) => `  ${workflowRunRef} refused: ${printable(message)}\n`),
  ].join('');
}

function label(text: string, all: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be a name and a value, with = between them.');
  return { ...all, [text.slice(0, at)]: text.slice(at + 1) };
}
