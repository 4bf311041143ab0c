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
  const submit = async (as: DemoApi, workflow: string, body: object = {}, reason?: string): Promise<string> =>
    (await as.send<Run>('POST', `${team}/workflow/${workflow}/submit?start=true`, body, reason)).id;
  const ended = async (id: string): Promise<void> => {
    while (!['completed', 'finalized'].includes((await admin.send<Run>('GET', `${team}/workflowrun/${id}`)).phase))
      await sleep(200);
  };
  const labels = { environment: 'production', service: 'checkout' };
  for (let round = 0; round < 6; round++) {
    await submit(round % 2 ? ada : joon, 'deploy-service', {
      labels,
      params: [{ name: 'colour', value: round % 2 ? 'blue' : 'green' }],
    });
  }
  const broken = [
    await submit(joon, 'nightly-import'),
    await submit(joon, 'nightly-import', { labels: { region: 'eu' } }),
  ];
  for (let round = 0; round < 50; round++) {
    await submit(round % 3 ? ada : joon, 'deploy-service', { labels: { ...labels, build: String(1000 + round) } });
  }
  await submit(ada, 'release-train', {}, 'release 1.4.2 is due');
  await submit(ada, 'fan-60');
  await submit(ada, 'fan-500');
  await Promise.all(broken.map(ended));
  await joon.send('PUT', `${team}/workflowrun/${broken[0] ?? ''}/retry?from=failed`, {}, 'the file was corrected');
  await submit(joon, 'production-change', {}, 'CHG-4711: larger instances');
  const decided = await submit(joon, 'production-change', {}, 'CHG-4708');
  await submit(ada, 'canary');
  const stopped = await submit(ada, 'canary');
  await sleep(1500);
  const { content } = await ada.send<Page<{ id: string; workflowRunRef: string }>>(
    'GET',
    `${team}/action/query?statuses=submitted`,
  );
  const own = content.find(({ workflowRunRef }) => workflowRunRef === decided);
  if (own)
    await ada.send(
      'PUT',
      `${team}/action`,
      [{ id: own.id, approved: true, comments: 'looks good' }],
      'reviewed with the team',
    );
  await ada.send('DELETE', `${team}/workflowrun/${stopped}/cancel`, undefined, 'wrong traffic class');
  await submit(ada, 'mirror');
  await ended(decided);
}
