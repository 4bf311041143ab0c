import { setTimeout as sleep } from 'node:timers/promises';
import type { DemoApi } from './api';
import { approval, endless, failing, fan, parent, pipeline, sleeper } from './workflows';

interface Run {
  readonly id: string;
  readonly phase: string;
}

interface Page<Item> {
  readonly content: readonly Item[];
}

const team = '/api/v2/team/payments';

/** Runs of many kinds: succeeded, failed, retried, cancelled, waiting for people and for time, running, large. */
export async function seed(admin: DemoApi): Promise<void> {
  await admin.send('POST', '/api/v2/team', { name: 'payments', displayName: 'Payments' });
  await admin.send('POST', '/api/v2/team', { name: 'search', displayName: 'Search' });
  await admin.send('PATCH', team, {
    members: [
      { id: 'ada@example.com', name: 'Ada Lindqvist', role: 'owner' },
      { id: 'joon@example.com', name: 'Joon Park', role: 'editor' },
    ],
  });
  const tokenOf = async (principal: string) =>
    (await admin.send<{ token: string }>('POST', '/api/v2/token', { type: 'user', principal, name: 'laptop' })).token;
  const ada = admin.as(await tokenOf('ada@example.com'));
  const joon = admin.as(await tokenOf('joon@example.com'));
  for (const workflow of [pipeline, failing, approval, sleeper, parent, endless, fan(60), fan(500)]) {
    await ada.send('PUT', `${team}/workflow`, workflow, 'first version');
  }
  await ada.send('PUT', `${team}/workflow`, { ...pipeline, timeout: 30 }, 'A deployment takes half an hour at most');
  const nightly = { ...failing, triggers: { schedule: { enabled: true } } };
  const { id: workflowRef } = await ada.send<Run>('PUT', `${team}/workflow`, nightly, 'It runs every night');
  for (const [name, cronSchedule, timezone] of [
    ['Every night', '0 2 * * *', 'Europe/Berlin'],
    ['On workdays, New York', '30 6 * * 1-5', 'America/New_York'],
  ]) {
    await ada.send('POST', `${team}/schedule`, { name, workflowRef, type: 'cron', cronSchedule, timezone });
  }
  const submit = async (as: DemoApi, workflow: string, body: object = {}, reason?: string): Promise<string> =>
    (await as.send<Run>('POST', `${team}/workflow/${workflow}/submit?start=true`, body, reason)).id;
  const ended = async (id: string): Promise<void> => {
    while (!['completed', 'finalized'].includes((await admin.send<Run>('GET', `${team}/workflowrun/${id}`)).phase))
      await sleep(200);
  };
  const openAction = async (run: string): Promise<string> => {
    for (;;) {
      const path = `${team}/action/query?statuses=submitted&limit=1000`;
      const { content } = await ada.send<Page<{ id: string; workflowRunRef: string }>>('GET', path);
      const found = content.find(({ workflowRunRef }) => workflowRunRef === run);
      if (found) return found.id;
      await sleep(200);
    }
  };
  const broken = [
    await submit(joon, 'nightly-import'),
    await submit(joon, 'nightly-import', { labels: { region: 'eu' } }),
  ];
  const decided = await submit(joon, 'production-change', {}, 'CHG-4708');
  const comments = 'looks good';
  const decision = [{ id: await openAction(decided), approved: true, comments }];
  await ada.send('PUT', `${team}/action`, decision, 'reviewed with the team');
  const stopped = await submit(ada, 'canary');
  await ada.send('DELETE', `${team}/workflowrun/${stopped}/cancel`, undefined, 'wrong traffic class');
  const labels = { environment: 'production', service: 'checkout' };
  for (let round = 0; round < 24; round++) {
    const colour = round % 2 ? 'blue' : 'green';
    const body = { labels: { ...labels, build: String(1000 + round) }, params: [{ name: 'colour', value: colour }] };
    await submit(round % 3 ? ada : joon, 'deploy-service', body);
  }
  await submit(ada, 'release-train', {}, 'release 1.4.2 is due');
  await Promise.all([...broken, decided].map(ended));
  await joon.send('PUT', `${team}/workflowrun/${broken[0] ?? ''}/retry?from=failed`, {}, 'the file was corrected');
  await openAction(await submit(joon, 'production-change', {}, 'CHG-4711: larger instances'));
  await submit(ada, 'canary');
  await ended(await submit(ada, 'fan-60'));
  await ended(await submit(ada, 'fan-500'));
  await submit(ada, 'mirror');
  const views = [
    { name: 'Production', shared: true, filters: { labels: { environment: 'production' } } },
    { name: 'Imports of the EU', shared: true, filters: { workflows: ['nightly-import'], labels: { region: 'eu' } } },
  ];
  for (const view of views) await ada.send('POST', `${team}/view`, view);
  const filters = { workflows: ['nightly-import', 'canary'] };
  await joon.send('POST', `${team}/bulk`, { action: 'retry', from: 'failed', filters, reason: 'the store is back' });
}
