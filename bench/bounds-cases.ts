/** One answer: its status, and its body as text. */
export interface CaseAnswer {
  readonly status: number;
  readonly text: string;
}

/** Sends JSON, or a text or bytes as they are with their own Content-Type. */
export type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<CaseAnswer>;

/** A bound: the largest request within it, and one just above, which is refused by name. */
export interface BoundCase {
  readonly name: string;
  largest(): Promise<CaseAnswer>;
  /** A text that the answer to the largest holds. */
  readonly holds?: string;
  above(): Promise<CaseAnswer>;
  readonly refusal: { readonly status: number; readonly text: string };
}

const mebi = 1024 * 1024;
const base = '/api/v2/team/bounds';
const script = { name: 's', type: 'script', spec: { script: 'true' }, dependencies: [{ taskRef: 'start' }] };

function workflowOf(name: string, tasks: readonly unknown[], last: string, more: object = {}) {
  const end = { name: 'end', type: 'end', dependencies: [{ taskRef: last }] };
  return { name, ...more, tasks: [{ name: 'start', type: 'start' }, ...tasks, end] };
}

/** JSON of exactly so many bytes: `make` is given a text to fill it with. */
function sized(bytes: number, make: (filler: string) => unknown): string {
  const around = JSON.stringify(make('')).length;
  return JSON.stringify(make('x'.repeat(bytes - around)));
}

const json = { 'content-type': 'application/json' };
const yaml = { 'content-type': 'application/yaml' };

function yamlWorkflow(bytes: number): string {
  let text = '';
  for (let index = 0; text.length < bytes - 400; index++) text += `  k${index}: 1\n`;
  const tasks =
    'tasks:\n- {name: start, type: start}\n- {name: end, type: end, dependencies: [{taskRef: start}]}\nannotations:\n a:\n';
  const head = `name: yaml\n${tasks}`;
  return `${head}${text}`.padEnd(bytes, '#');
}

/** Nested lists: so many levels, counted with the objects around them. */
function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels - 2; level++) value = [value];
  return { annotations: { a: value } };
}

/** A graph with so many tasks, start and end included, and so many dependencies: each comes after a few before it. */
function graphOf(tasks: number, dependencies: number): unknown {
  let spare = dependencies - (tasks - 1);
  const names = Array.from({ length: tasks - 2 }, (_, index) => `t${index}`);
  const all = names.map((name, index) => {
    const more = Math.min(spare, Math.max(0, index - 1), 5);
    spare -= more;
    const before = Array.from({ length: more + 1 }, (_, step) => ({ taskRef: names[index - 1 - step] ?? 'start' }));
    return { name, type: 'custom', dependencies: before };
  });
  return workflowOf('graph', all, names.at(-1) ?? 'start');
}

/** Regular expressions that take RE2 longest: 602 instructions, all of which see every character. */
const slowest = '(?i)(?:[a-z\\pL]?){300}';

/** Makes what the cases need in the team `bounds`, and answers them. */
export async function boundCases(call: Call): Promise<BoundCase[]> {
  const ok = async (answer: Promise<CaseAnswer>): Promise<string> => {
    const { status, text } = await answer;
    if (status !== 200) throw new Error(`Preparing the cases: ${status} ${text.slice(0, 500)}`);
    return text;
  };
  const save = async (definition: unknown) =>
    (JSON.parse(await ok(call('PUT', `${base}/workflow`, definition))) as { id: string }).id;
  const submit = (workflow: string, body: unknown, start = true, headers = {}) =>
    call('POST', `${base}/workflow/${workflow}/submit?start=${start}`, body, headers);
  const runOf = async (answer: CaseAnswer): Promise<CaseAnswer> =>
    answer.status === 200
      ? call('GET', `${base}/workflowrun/${(JSON.parse(answer.text) as { id: string }).id}`)
      : answer;

  await ok(call('POST', '/api/v2/team', { name: 'bounds' }));
  await save(workflowOf('plain', [script], 's', { triggers: { schedule: { enabled: true } } }));
  const visitor = await save(
    workflowOf('visitor', [script], 's', {
      triggers: {
        webhook: {
          enabled: true,
          conditions: [{ field: '$[*]', operation: 'equals', value: 'x' }],
        },
      },
    }),
  );
  await save(
    workflowOf(
      'decider',
      [
        {
          name: 'd',
          type: 'decision',
          params: [{ name: 'value', value: '$(params.v)' }],
          dependencies: [{ taskRef: 'start' }],
        },
        { ...script, dependencies: [{ taskRef: 'd', decisionCondition: slowest }] },
      ],
      'd',
      { params: [{ name: 'v', type: 'text' }] },
    ),
  );
  const secret = Array.from({ length: 300 }, (_, index) => `line ${index} of a secret that nobody may read`).join('\n');
  await save(workflowOf('secretive', [script], 's', { params: [{ name: 'pw', type: 'password' }] }));
  await save(
    workflowOf('printer', [{ ...script, params: [{ name: 'pw', value: '$(params.pw)' }] }], 's', {
      params: [{ name: 'pw', type: 'password', default: secret }],
    }),
  );
  await ok(
    call('PUT', `${base}/task/large`, { name: 'large', type: 'template', spec: { script: 'x'.repeat(mebi / 2) } }),
  );
  const copies = (count: number) =>
    workflowOf(
      'copies',
      Array.from({ length: count }, (_, index) => ({
        name: `t${index}`,
        taskRef: 'bounds/large',
        dependencies: [{ taskRef: index === 0 ? 'start' : `t${index - 1}` }],
      })),
      `t${count - 1}`,
    );
  const waiting = await ok(submit('plain', {}));
  const { id: waitingId } = JSON.parse(waiting) as { id: string };
  const large = { params: [{ name: 'p', value: 'x'.repeat(mebi - 1000) }], labels: { size: 'large' } };
  for (let index = 0; index < 10; index++) await ok(submit('plain', large, false));
  const schedule = await ok(
    call('POST', `${base}/schedule`, {
      workflowRef: 'plain',
      type: 'cron',
      cronSchedule: '* * * * * *',
    }),
  );
  const { id: scheduleId } = JSON.parse(schedule) as { id: string };
  const century = `fromDate=${Date.now()}&toDate=4102444800000`;
  const claimed = await claimPrinter(call, ok(submit('printer', {})));
  const given = { params: [{ name: 'p', value: '$(params.big)' }] };
  const fanOut = Array.from({ length: 7 }, (_, index) => ({
    ...script,
    ...given,
    name: `s${index}`,
    type: 'generic',
  }));
  await save(workflowOf('handed-on', fanOut, 's0', { params: [{ name: 'big', type: 'object' }] }));
  await save({ ...(workflowOf('text-handed-on', fanOut, 's0') as object), params: [{ name: 'big', type: 'text' }] });
  const { text: poller } = await call('POST', '/api/v1/agent/register', { host: 'bounds', taskTypes: ['generic'] });
  const poll = () => call('GET', `/api/v1/agent/${poller}/tasks?wait=5&limit=1000`);
  /** A run of the largest graph, once it is saved. */
  const graphRun = async () => (JSON.parse(await ok(submit('graph', {}))) as { id: string }).id;
  const permissions = (count: number) => ({
    type: 'team',
    principal: 'bounds',
    permissions: Array.from({ length: count }, () => 'workflowrun/read'),
  });

  return [
    {
      name: 'bytes of a body',
      largest: () =>
        submit(
          'plain',
          sized(mebi, (value) => ({ params: [{ name: 'p', value }] })),
          false,
          json,
        ),
      above: () =>
        submit(
          'plain',
          sized(mebi + 1, (value) => ({ params: [{ name: 'p', value }] })),
          false,
          json,
        ),
      refusal: { status: 413, text: 'larger than 1048576 bytes' },
    },
    {
      name: 'values of a body, in lists',
      largest: () => submit('plain', { annotations: { a: Array.from({ length: 9998 }, () => []) } }, false),
      above: () => submit('plain', { annotations: { a: Array.from({ length: 9999 }, () => []) } }, false),
      refusal: { status: 400, text: 'more than 10000 values' },
    },
    {
      name: 'values of a body, in objects',
      largest: () => submit('plain', { annotations: { a: keys(9998) } }, false),
      above: () => submit('plain', { annotations: { a: keys(9999) } }, false),
      refusal: { status: 400, text: 'more than 10000 values' },
    },
    {
      name: 'levels of a body',
      largest: () => submit('plain', nested(64), false),
      above: () => submit('plain', nested(66), false),
      refusal: { status: 400, text: 'nested more than 64 levels' },
    },
    {
      name: 'bytes of YAML',
      largest: () => call('PUT', `${base}/workflow`, yamlWorkflow(128 * 1024), yaml),
      above: () => call('PUT', `${base}/workflow`, yamlWorkflow(128 * 1024 + 1), yaml),
      refusal: { status: 413, text: 'larger than 131072 bytes' },
    },
    {
      name: 'bytes of a definition',
      largest: () =>
        call(
          'PUT',
          `${base}/workflow`,
          sized(mebi - 300, (markdown) => longDefinition(markdown)),
          json,
        ),
      above: () =>
        call(
          'PUT',
          `${base}/workflow`,
          sized(mebi + 300, (markdown) => longDefinition(markdown)),
          json,
        ),
      refusal: { status: 400, text: 'larger than 1048576 bytes' },
    },
    {
      name: 'tasks and dependencies of a definition',
      largest: () => call('PUT', `${base}/workflow`, graphOf(2500, 10_000)),
      above: () => call('PUT', `${base}/workflow`, graphOf(2500, 10_001)),
      refusal: { status: 400, text: 'at most 10000 dependencies' },
    },
    {
      name: 'a run of so many tasks',
      largest: () => submit('graph', {}),
      above: () => call('PUT', `${base}/workflow`, graphOf(2501, 2501)),
      refusal: { status: 400, text: 'tasks: must have at most 2500 items' },
    },
    {
      name: 'a run of so many tasks, cancelled',
      largest: async () => call('DELETE', `${base}/workflowrun/${await graphRun()}/cancel`),
      above: () => call('DELETE', `${base}/workflowrun/none/cancel`),
      refusal: { status: 400, text: 'WORKFLOWRUN_INVALID_REFERENCE' },
    },
    {
      name: 'a run of so many tasks, tried again',
      largest: async () => {
        const id = await graphRun();
        await ok(call('DELETE', `${base}/workflowrun/${id}/cancel`));
        return call('PUT', `${base}/workflowrun/${id}/retry`);
      },
      above: () => call('PUT', `${base}/workflowrun/none/retry`),
      refusal: { status: 400, text: 'WORKFLOWRUN_INVALID_REFERENCE' },
    },
    {
      name: 'a drawing of so many tasks',
      largest: () => call('GET', `${base}/workflow/graph/compose`),
      above: () => call('GET', `${base}/workflow/none/compose`),
      refusal: { status: 400, text: 'WORKFLOW_INVALID_REFERENCE' },
    },
    {
      name: 'an object that many tasks are given',
      largest: () => submit('handed-on', { params: [{ name: 'big', value: numbers(9990) }] }),
      above: () => submit('handed-on', { params: [{ name: 'big', value: numbers(10_000) }] }),
      refusal: { status: 400, text: 'more than 10000 values' },
    },
    {
      name: 'a text that many tasks are given',
      largest: () => submit('text-handed-on', { params: [{ name: 'big', value: 'x'.repeat(mebi - 1000) }] }),
      above: () => submit('text-handed-on', { params: [{ name: 'big', value: 'x'.repeat(mebi) }] }),
      refusal: { status: 413, text: 'larger than 1048576 bytes' },
    },
    {
      name: 'bytes of a poll',
      largest: poll,
      above: () => call('GET', `/api/v1/agent/${poller}/tasks?limit=1001`),
      refusal: { status: 400, text: 'limit' },
    },
    {
      name: 'permissions of a token',
      largest: () => call('POST', '/api/v2/token', permissions(100)),
      above: () => call('POST', '/api/v2/token', permissions(101)),
      refusal: { status: 400, text: 'permissions: must have at most 100 items' },
    },
    {
      name: 'bytes that a run copies',
      largest: () => call('PUT', `${base}/workflow`, copies(3)),
      above: () => call('PUT', `${base}/workflow`, copies(5)),
      refusal: { status: 400, text: 'more than 2097152 bytes' },
    },
    {
      name: 'regular expressions of a definition',
      largest: () => call('PUT', `${base}/workflow`, patterns(3)),
      above: () => call('PUT', `${base}/workflow`, patterns(4)),
      refusal: { status: 400, text: 'at most 2000 instructions' },
    },
    {
      name: 'a regular expression against a value',
      largest: async () => runOf(await submit('decider', { params: [{ name: 'v', value: 'x'.repeat(414) }] })),
      holds: '"status":"succeeded"',
      above: async () => runOf(await submit('decider', { params: [{ name: 'v', value: 'x'.repeat(415) }] })),
      refusal: { status: 200, text: 'has 415 characters; with the conditions of this workflow at most 414' },
    },
    {
      name: 'values that paths visit',
      largest: () => call('POST', `/api/v2/webhook?ref=${visitor}`, ['x', ...Array<number>(9998).fill(1)]),
      above: () => call('POST', `/api/v2/webhook?ref=${visitor}`, ['x', ...Array<number>(9999).fill(1)]),
      refusal: { status: 400, text: 'looks at more than 10000 values' },
    },
    {
      name: 'labels of a run',
      largest: () => submit('plain', { labels: keys(256) }, false),
      above: () => submit('plain', { labels: keys(257) }, false),
      refusal: { status: 400, text: 'at most 256' },
    },
    {
      name: 'bytes of passwords',
      largest: () => submit('secretive', { params: [{ name: 'pw', value: 'p'.repeat(16_384) }] }, false),
      above: () => submit('secretive', { params: [{ name: 'pw', value: 'p'.repeat(16_385) }] }, false),
      refusal: { status: 400, text: 'bytes of passwords: at most 16384 bytes' },
    },
    {
      name: 'output with secrets in it',
      largest: () => claimed.log(256 * 1024),
      above: () => claimed.log(256 * 1024 + 1),
      refusal: { status: 413, text: 'larger than 262144 bytes' },
    },
    {
      name: 'results with secrets in them',
      largest: () => claimed.end(mebi),
      above: () => claimed.end(mebi + 1),
      refusal: { status: 413, text: 'larger than 1048576 bytes' },
    },
    {
      name: 'events that nobody waits for',
      largest: async () => {
        const send = () =>
          call('POST', `/api/v2/callback?ref=${waitingId}&topic=t`, 'x'.repeat(mebi - 8), {
            'content-type': 'text/plain',
          });
        for (let index = 0; index < 3; index++) await ok(send());
        return send();
      },
      above: () =>
        call('POST', `/api/v2/callback?ref=${waitingId}&topic=t`, 'x'.repeat(100), { 'content-type': 'text/plain' }),
      refusal: { status: 429, text: '4194304 bytes of events' },
    },
    {
      name: 'bytes of a page',
      largest: () => call('GET', `${base}/workflowrun/query?labels=size%3Dlarge&limit=3`),
      above: () => call('GET', `${base}/workflowrun/query?labels=size%3Dlarge&limit=1000`),
      refusal: { status: 400, text: 'more than 4194304 bytes: choose a smaller limit' },
    },
    {
      name: 'dates of calendars',
      largest: () => call('GET', `${base}/schedule/calendars?schedules=${scheduleId}&${century}`),
      holds: '"truncated":true',
      above: () =>
        call('GET', `${base}/schedule/validate-cron?cron=${encodeURIComponent(`${'0,'.repeat(130)}0 * * * *`)}`),
      refusal: { status: 200, text: 'at most 256 characters' },
    },
    {
      name: 'an expression that never fires',
      largest: () => call('GET', `${base}/schedule/validate-cron?cron=${encodeURIComponent('0 0 29 2 1')}`),
      holds: '"valid":true',
      above: () => call('GET', `${base}/schedule/validate-cron?cron=${encodeURIComponent('0 0 31W 2 *')}`),
      refusal: { status: 200, text: 'never fires' },
    },
    {
      name: 'characters that can be kept',
      largest: () => call('GET', `${base}/workflowrun/count?labels=a%3D%25F0%259F%2598%2580`),
      above: () => call('GET', `${base}/workflowrun/count?labels=a%3D%2500`),
      refusal: { status: 400, text: 'without NUL characters' },
    },
  ];
}

function keys(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '']));
}

/** An object whose keys are large numbers, which takes longest to walk. */
function numbers(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [String(2 ** 32 - 10 - index), 0]));
}

function longDefinition(filler: string): unknown {
  return workflowOf('long', [{ ...script, annotations: { filler } }], 's');
}

/** So many patterns of 602 instructions each. */
function patterns(count: number): unknown {
  const lines = Array.from({ length: count }, (_, index) => `${'abcdefg'[index] ?? ''}(?:.?){299}`).join('\n');
  const decision = {
    name: 'd',
    type: 'decision',
    params: [{ name: 'value', value: 'x' }],
    dependencies: [{ taskRef: 'start' }],
  };
  const chosen = { ...script, dependencies: [{ taskRef: 'd', decisionCondition: lines }] };
  return workflowOf('patterns', [decision, chosen], 'd');
}

/** Claims the task of a run of `printer`, and speaks for it. */
async function claimPrinter(call: Call, submitted: Promise<string>) {
  const { id: runId } = JSON.parse(await submitted) as { id: string };
  const { text: agent } = await call('POST', '/api/v1/agent/register', { host: 'bounds', taskTypes: ['script'] });
  interface Claimed {
    readonly id: string;
    readonly fence: number;
    readonly workflowRunRef: string;
    readonly params: readonly { readonly value: string }[];
  }
  const { text } = await call('GET', `/api/v1/agent/${agent}/tasks?wait=5&limit=100`);
  const item = (JSON.parse(text) as Claimed[]).find(({ workflowRunRef }) => workflowRunRef === runId);
  if (!item) throw new Error('The task of the run was not given out.');
  const fence = { 'runledger-fence': String(item.fence) };
  await call('PUT', `/api/v1/taskrun/${item.id}/start`, {}, fence);
  const secret = item.params[0]?.value ?? '';
  const output = (bytes: number) => `${secret}\n`.repeat(Math.ceil(bytes / secret.length)).slice(0, bytes);
  return {
    log: (bytes: number) =>
      call('POST', `/api/v1/taskrun/${item.id}/log`, Buffer.from(output(bytes)), {
        ...fence,
        'runledger-log-offset': '0',
        'content-type': 'text/plain',
      }),
    end: (bytes: number) => {
      const results = (value: string) => ({ results: [{ name: 'r', value }] });
      const filler = bytes - JSON.stringify(results('')).length;
      const said = output(filler).replaceAll('\n', ' ');
      return call('PUT', `/api/v1/taskrun/${item.id}/end`, JSON.stringify(results(said)), { ...fence, ...json });
    },
  };
}
