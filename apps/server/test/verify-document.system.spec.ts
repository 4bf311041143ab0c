import { spawn } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chainHash, eventDigest, genesisHash, readAll } from '#libs/ledger';
import { blocksOf, root } from './document';
import { adminToken, type Answer, simpleWorkflow } from './harness';
import { SignedTrail } from './signed-trail';
import { until } from '#libs/testing';
import { task, workflow } from './workflows';

const password = 'very-secret-4711';

describe('docs/verify.md', () => {
  let trail: SignedTrail;
  let folder: string;
  let run: string;
  let secretRun: string;
  let environment: Record<string, string>;
  const [
    fetchProof = '',
    fetchFile = '',
    fetchCheckpoint = '',
    exportLedger = '',
    checkLedger = '',
    checkWithTiles = '',
    checkTiles = '',
  ] = blocksOf('docs/verify.md', 'sh');

  const shell = (command: string, extra: Record<string, string> = {}) =>
    new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
      const env = { ...process.env, ...environment, ...extra };
      const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', command], { cwd: folder, env });
      const [stdout, stderr]: [string[], string[]] = [[], []];
      child.stdout.on('data', (text) => stdout.push(String(text)));
      child.stderr.on('data', (text) => stderr.push(String(text)));
      child.on('close', (status) => resolve({ status, stdout: stdout.join(''), stderr: stderr.join('') }));
    });
  const verify = (...args: readonly string[]) =>
    shell(`node tools/verify.mjs ${args.map((arg) => `'${arg}'`).join(' ')}`);
  const proofOf = async (id: string) => (await trail.server.get(`/api/v2/team/audited/workflowrun/${id}/proof`)).body;

  beforeAll(async () => {
    trail = await SignedTrail.start();
    const { server } = trail;
    folder = join(trail.folder, 'auditor');
    mkdirSync(join(folder, 'bin'), { recursive: true });
    symlinkSync(join(root, 'tools'), join(folder, 'tools'));
    // Prefers the machine's own psql.
    symlinkSync(join(__dirname, 'psql-stand-in.cjs'), join(folder, 'bin/psql'));
    await server.server.app.listen(0, '127.0.0.1');
    const { port } = server.server.app.getHttpServer().address() as AddressInfo;
    await server.createTeam('audited');
    const traps = ['back\\slash \\n \\\\', 'line\nbreak\r\ttab', '"quotes" \'and\' `ticks` $HOME', '💥 ü'];
    const params = traps.map((value, index) => ({ name: `p${index}`, type: 'text', default: value }));
    await server.saveWorkflow('audited', simpleWorkflow('w', { params }));
    const secret = [{ name: 'pass', type: 'password', default: password }];
    await server.saveWorkflow('audited', simpleWorkflow('s', { params: secret }));
    run = (await server.submit('audited', 'w')).body.id;
    secretRun = (await server.submit('audited', 's')).body.id;
    await server.delete(`/api/v2/team/audited/workflowrun/${run}/cancel`, { headers: { 'x-reason': 'wrong release' } });
    await server.put(`/api/v2/team/audited/workflowrun/${run}/finalize`);
    await trail.sign();
    for (let more = 0; more < 60; more++) await server.submit('audited', 'w');
    environment = {
      RUNLEDGER_URL: `http://127.0.0.1:${port}`,
      RUNLEDGER_TOKEN: adminToken,
      TEAM: 'audited',
      RUN: run,
      TRAIL_KEY: trail.key,
      TRAIL_FOLDER: trail.files,
      DATABASE_URL: server.database.url,
      PATH: `${process.env['PATH'] ?? ''}:${join(folder, 'bin')}`,
    };
    await trail.sign();
    expect(trail.alarms).toEqual([]);
  });
  afterAll(() => trail.stop());

  it('verifies a run, as it stands there', async () => {
    const { status, stdout, stderr } = await shell(fetchProof);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^good: \d+ events of run .* are in the log\.\nThey are all events of the run: it is finalized\./,
    );
    expect(stdout).toMatch(/checkpoint: ledger\.example\/prod, \d+ events, root /);
    expect(stdout).toContain('The plan is the one that its first event names.');
    expect(readFileSync(join(folder, 'proof.json'), 'utf8')).toContain('wrong release');
    const file = await shell(fetchFile);
    expect(file).toMatchObject({ status: 0, stderr: '' });
    expect(file.stdout).toMatch(/^good: the event at position \d+ is in the log, with the digest [0-9a-f]{64}\./);
  });

  it('tells of a version that the run does not have, as of every error', async () => {
    const { run } = JSON.parse(readFileSync(join(folder, 'proof.json'), 'utf8')) as { run: string };
    const answer = await trail.server.get(`/api/v2/team/audited/workflowrun/${run}/proof/99999`);
    expect([answer.status, answer.headers['content-type']]).toEqual([404, expect.stringContaining('application/json')]);
    expect(answer.body).toMatchObject({
      status: '404 NOT_FOUND',
      message: expect.stringMatching(/no version 99999: its newest is \d+/),
    });
  });

  it('shows by a policy when witnesses saw it, and refuses too few of them', async () => {
    const witness = `witness w1 ${trail.witness.key}`;
    writeFileSync(join(folder, 'policy'), `log ${trail.key}\n${witness}\nquorum w1\n`);
    const { stdout } = await verify('proof', 'proof.json', '--policy', 'policy');
    expect(stdout).toMatch(/witness witness\.example\/w1 saw it at 20\d\d-\d\d-\d\dT/);
    const other = 'witness.example/w2+58c9183b+BPxRzY5iGKGjjaR+0AIw8FgIFu0TujMDrF3rkRVIkIAl';
    writeFileSync(
      join(folder, 'policy'),
      `log ${trail.key}\n${witness}\nwitness w2 ${other}\ngroup both all w1 w2\nquorum both\n`,
    );
    expect(await verify('proof', 'proof.json', '--policy', 'policy')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('The checkpoint lacks cosignatures that the policy asks for.'),
    });
  });

  it.each<[string, (proof: Answer['body']) => unknown, RegExp]>([
    [
      'an event',
      ({ events: [, event] }) => (event.data = event.data.replace('"at":', '"at" :')),
      /position \d+ is not the one/,
    ],
    [
      'who did it',
      ({ events }) => (events.at(-1).metadata = events.at(-1).metadata.replace('token:', 'token:x')),
      /is not the one/,
    ],
    ['a time', ({ events: [event] }) => (event.recordedAt = String(Number(event.recordedAt) - 1)), /is not the one/],
    ['a type', ({ events: [event] }) => (event.type = 'WorkflowRunStarted'), /is not the one/],
    ['a place', ({ events: [event] }) => event.position--, /is not the one/],
    ['a hash', ({ hashes }) => (hashes[0] = hashes[1]), /is not the one/],
    ['an order', ({ events }) => events.reverse(), /is out of order/],
    [
      'the size',
      (proof) => (proof.checkpoint = proof.checkpoint.replace(/\n\d+\n/, '\n9999\n')),
      /signature .* is wrong/,
    ],
    [
      'the plan',
      (proof) => (proof.plan = proof.plan.replace('true', 'false')),
      /plan is not the one that the first event names/,
    ],
    [
      'a text, and put the true digest beside it',
      ({ run: streamId, events: [event] }) => {
        const digest = eventDigest({ ...event, streamId, salt: Buffer.from(event.salt as string, 'base64') });
        Object.assign(event, { digest: digest.toString('base64'), data: event.data.replace('"at":', '"at" :') });
      },
      /has a digest beside what it says/,
    ],
    ['the run', (proof) => (proof.run = proof.run.replace('0', '1')), /is not the one/],
  ])('finds a proof in which somebody changed %s', async (_what, change, message) => {
    const proof = JSON.parse(readFileSync(join(folder, 'proof.json'), 'utf8'));
    change(proof);
    writeFileSync(join(folder, 'changed.json'), JSON.stringify(proof));
    const { status, stderr } = await verify('proof', 'changed.json', '--key', trail.key);
    expect(stderr).toMatch(message);
    expect(status).toBe(1);
  });

  it('calls a run whole only if nothing of it is left out', async () => {
    const proof = await proofOf(run);
    const left = { ...proof, events: proof.events.toSpliced(1, 1) };
    writeFileSync(join(folder, 'left.json'), JSON.stringify(left));
    expect((await verify('proof', 'left.json', '--key', trail.key)).stdout).toContain('not all events of the run');
    writeFileSync(join(folder, 'cut.json'), JSON.stringify({ ...proof, events: proof.events.slice(0, -1) }));
    expect((await verify('proof', 'cut.json', '--key', trail.key)).stdout).toContain('there may be later ones');
  });

  it('shows no sealed value, not even its ciphertext, and still proves that the event is there', async () => {
    const proof = await proofOf(secretRun);
    const text = JSON.stringify(proof);
    expect(text).not.toContain('sealed:1');
    expect(text).not.toContain(password);
    expect(proof.events[0]).toMatchObject({ withheld: 'The event holds sealed values.', digest: expect.any(String) });
    expect(proof.events[0].salt).toBeUndefined();
    writeFileSync(join(folder, 'secret.json'), text);
    const { status, stdout } = await verify('proof', 'secret.json', '--key', trail.key);
    expect([status, stdout]).toEqual([0, expect.stringContaining('are only known by their digest')]);
  });

  it('shows neither fences nor values of team params, and still proves that their events are there', async () => {
    const { server } = trail;
    const parameters = [{ name: 'region', type: 'text', value: 'value-of-region' }];
    expect((await server.request('PATCH', '/api/v2/team/audited', { body: { parameters } })).status).toBe(200);
    const uses = task('a', 'script', { where: '$(params.region)' }, ['start'], { spec: { script: 'true' } });
    await server.saveWorkflow('audited', workflow('u', [uses], ['a']));
    const { body } = await server.submit('audited', 'u');
    const agent = await server.registerAgent();
    await until(
      () => server.claim(agent),
      (items: readonly unknown[]) => items.length > 0,
    );
    await trail.sign();
    const proof = await proofOf(body.id as string);
    const text = JSON.stringify(proof);
    expect(text).not.toMatch(/fence\\*":|layers\\*":/);
    const withheld = new Map(
      proof.events.map((event: { type: string; withheld?: string }) => [event.type, event.withheld]),
    );
    expect(withheld.get('WorkflowRunSubmitted')).toBe('The event holds values of team or global params.');
    expect(withheld.get('TaskRunClaimed')).toBe('The event holds the fence of a claim.');
    expect([...withheld.values()]).toContain(undefined);
    writeFileSync(join(folder, 'reserved.json'), text);
    expect((await verify('proof', 'reserved.json', '--key', trail.key)).status).toBe(0);
  });

  it('tells a run that is not signed yet, and a version that there is not', async () => {
    const { body: fresh } = await trail.server.submit('audited', 'w');
    const route = `/api/v2/team/audited/workflowrun/${fresh.id}/proof`;
    const early = await trail.server.get(route);
    expect([early.status, early.body.message]).toEqual([
      404,
      'No signed checkpoint holds this yet: try again in 10 seconds.',
    ]);
    expect((await trail.server.get(`${route}/x`)).body.message).toContain('Parameter version must be a whole number');
    expect((await trail.server.get(`${route}/99`)).status).toBe(404);
    await trail.sign();
  });

  it('serves the log under the paths of C2SP', async () => {
    const read = (path: string) => trail.server.get(`/api/v2/trail/${path}`);
    expect((await read('checkpoint')).text).toBe(readFileSync(join(trail.files, 'checkpoint'), 'utf8'));
    const file = (path: string) => readFileSync(join(trail.files, path)).toString('utf8');
    expect((await read('tile/0/000')).text).toBe(file('tile/0/000'));
    expect((await read('tile/entries/000')).text).toBe(file('tile/entries/000'));
    expect((await read('tile/0/000.p/3')).text).toBe(
      readFileSync(join(trail.files, 'tile/0/000')).toString('utf8', 0, 96),
    );
    expect((await read('tile/0/000.p/256')).status).toBe(404);
    expect((await read('tile/0/000/p')).status).toBe(404);
    expect((await read('tile/0/x001/x000/000')).status).toBe(404);
    const part = await read('tile/1/000.p/1');
    expect(part).toMatchObject({ status: 200, headers: { 'content-type': 'application/octet-stream' } });
    expect((await trail.server.get('/api/v2/trail', { token: null })).status).toBe(401);
    const { body } = await trail.server.get('/api/v2/trail');
    expect(body.signed).toMatchObject({ origin: 'ledger.example/prod', key: trail.key });
    expect(body.parts.map(({ name, alarm }: { name: string; alarm: unknown }) => [name, alarm])).toEqual([
      ['builder', null],
      ['folder', null],
      ['signer', null],
      ['witness witness.example/w1', null],
    ]);
  });

  describe('with the ledger in the hands of its owner', () => {
    let whole: string;

    /** Rewrites the chain from a position on, as somebody with all rights on the database can. */
    const rehash = async (from: number): Promise<void> => {
      const { pool } = trail.server;
      const events = await readAll(pool, 0, 100_000);
      let hash: Buffer = events[from - 2]?.hash ?? genesisHash;
      for (const event of events.slice(from - 1)) {
        hash = chainHash(hash, event.position, event.recordedAt, eventDigest({ ...event, ...event.stored }));
        await pool.query('update event set hash = $2 where position = $1', [event.position, hash]);
      }
      await pool.query('update ledger_head set hash = $1', [hash]);
    };

    beforeAll(async () => {
      await trail.sign();
      await trail.closeServer();
      copyFileSync(join(trail.files, 'checkpoint'), join(folder, 'checkpoint.txt'));
      const { pool } = trail.server;
      await pool.query(`do $$ declare t regclass; begin
        for t in select 'event'::regclass union select inhrelid::regclass from pg_inherits where inhparent = 'event'::regclass
                  union select 'ledger_head'::regclass loop
          execute format('alter table %s disable trigger user', t); end loop; end $$`);
      await pool.query('create table kept as select * from event; create table kept_head as select * from ledger_head');
      const { rows } = await pool.query<{ position: string }>('select position from ledger_head');
      whole = String(rows[0]?.position);
    });
    beforeEach(async () => {
      await trail.server.pool.query(
        `delete from event; insert into event select * from kept;
         delete from ledger_head; insert into ledger_head select * from kept_head`,
      );
    });

    it('verifies the whole ledger, as it stands there', async () => {
      expect(fetchCheckpoint).toContain('/api/v2/trail/checkpoint');
      expect(await shell(exportLedger)).toMatchObject({ status: 0, stderr: '' });
      const withCheckpoint = await shell(checkLedger);
      expect(withCheckpoint).toMatchObject({ status: 0, stderr: '' });
      expect(withCheckpoint.stdout).toContain(`good: the chain of ${whole} events is whole`);
      expect(await shell(checkWithTiles)).toEqual(withCheckpoint);
      const alone = await verify('ledger', 'events.jsonl');
      expect(alone.stdout).toContain('No checkpoint was given: nothing shows whether');
      const [early = ''] = readdirSync(join(trail.files, 'checkpoints')).sort((a, b) => Number(a) - Number(b));
      const checkpoint = join(trail.files, 'checkpoints', early);
      const older = await verify('ledger', 'events.jsonl', '--checkpoint', checkpoint, '--key', trail.key);
      expect(older.stdout).toContain(`The last ${Number(whole) - Number(early)} events are newer than the checkpoint.`);
      expect((await verify('tiles', trail.files, '--key', trail.key, '--since', checkpoint)).stdout).toContain(
        `They begin with the ${early} entries of the earlier checkpoint.`,
      );
      const tiles = await shell(checkTiles);
      expect(tiles).toMatchObject({ status: 0, stderr: '' });
      expect(tiles.stdout).toContain(`good: the tiles hold the ${whole} entries`);
    });

    /** The first event of a command: others have no metadata of their own. */
    const first = 'position = (select min(position) from event where position >= 20 and metadata is not null)';
    /** What was done, and what the chain alone, a checkpoint, and the tiles say of it; null: nothing. */
    const cases: readonly (readonly [string, string, number | null, RegExp | null, RegExp, RegExp])[] = [
      ...(
        [
          ['data', `data = replace(data, '"at":', '"at" :')`],
          ['metadata', `metadata = replace(metadata, '"actor":', '"actor" :')`],
          ['type', `type = type || 'x'`],
          ['stream', `stream_id = '01900000-0000-7000-8000-000000000001'`],
          ['version', 'stream_version = stream_version + 1000'],
          ['schema version', 'schema_version = schema_version + 1'],
          ['salt', `salt = set_byte(salt, 7, get_byte(salt, 7) # 1)`],
          ['time', `recorded_at = recorded_at + interval '1 microsecond'`],
          ['hash', `hash = set_byte(hash, 31, get_byte(hash, 31) # 1)`],
        ] as const
      ).map(([what, change]) => {
        const found = /The chain breaks at position 2\d\./;
        return [
          `a changed ${what}`,
          `update event set ${change} where ${what === 'metadata' ? first : 'position = 20'}`,
          null,
          found,
          found,
          found,
        ] as const;
      }),
      [
        'a deleted event',
        'delete from event where position = 20',
        null,
        /Position 20 is missing/,
        /Position 20 is missing/,
        /Position 20 is missing/,
      ],
      [
        'two swapped events',
        'update event set position = 41 - position where position in (20, 21)',
        null,
        /position 20/,
        /position 20/,
        /position 20/,
      ],
      [
        'a cut tail',
        'delete from event where position > 20',
        null,
        /The head is position \d+, and the events end at 20/,
        /The head is position \d+, and the events end at 20/,
        /The head is position \d+, and the events end at 20/,
      ],
      [
        'a cut tail and head',
        `delete from event where position > 20;
         update ledger_head set position = 20, hash = (select hash from event where position = 20)`,
        null,
        null,
        /The events end at 20, and \d+ were signed: the ledger was cut/,
        /The events end at 20, and \d+ were signed: the ledger was cut/,
      ],
      [
        'an event rewritten with all hashes after it',
        `update event set metadata = replace(metadata, 'token:', 'token:0') where ${first}`,
        20,
        null,
        /The first \d+ events are not those that were signed/,
        /The event at position 2\d is not the one that was logged/,
      ],
      [
        'an event that never was, with all hashes',
        `update event set data = '{}' where position = 21`,
        21,
        null,
        /The first \d+ events are not those that were signed/,
        /The event at position 21 is not the one that was logged/,
      ],
      [
        'other times, with all hashes',
        `update event set recorded_at = recorded_at + interval '1 microsecond' where position >= 20`,
        20,
        null,
        /The first \d+ events are not those that were signed/,
        /The event at position 20 is not the one that was logged/,
      ],
    ];
    it.each(cases)('finds %s', async (_what, sql, from, chain, checkpoint, tiles) => {
      await trail.server.pool.query(sql);
      if (from !== null) await rehash(from);
      expect(await shell(exportLedger)).toMatchObject({ status: 0, stderr: '' });
      const seen = [await verify('ledger', 'events.jsonl'), await shell(checkLedger), await shell(checkWithTiles)];
      for (const [index, expected] of [chain, checkpoint, tiles].entries()) {
        if (expected === null) expect(seen[index]).toMatchObject({ status: 0, stderr: '' });
        else {
          expect(seen[index]?.stderr).toMatch(expected);
          expect(seen[index]).toMatchObject({ status: 1, stdout: '' });
        }
      }
    });

    it.each<[string, (copy: string) => void, RegExp]>([
      ['an entry', (copy) => flip(join(copy, 'tile/entries/000'), 40), /The entry of position 1 is wrong/],
      ['a tile', (copy) => flip(join(copy, 'tile/0/000'), 40), /tile\/0\/000 does not have the hashes/],
      ['an upper tile', (copy) => flip(join(copy, 'tile/1/000.p/1'), 4), /tile\/1\/000\.p\/1 does not have the hashes/],
      ['the checkpoint', (copy) => replace(join(copy, 'checkpoint'), /\n\d+\n/, '\n1\n'), /signature .* is wrong/],
      ['all tiles', (copy) => rmSync(join(copy, 'tile'), { recursive: true }), /tile\/entries\/000 is missing/],
    ])('finds a log in which somebody changed %s', async (_what, change, message) => {
      const copy = join(folder, 'copy');
      rmSync(copy, { recursive: true, force: true });
      cpSync(trail.files, copy, { recursive: true });
      change(copy);
      const { status, stderr } = await verify('tiles', copy, '--key', trail.key);
      expect(stderr).toMatch(message);
      expect(status).toBe(1);
    });

    it('says what is wrong with a command', async () => {
      for (const args of [
        [],
        ['ledger'],
        ['x', 'y'],
        ['tiles', trail.files],
        ['proof', 'p', '--key', 'k'],
        ['proof', 'p', '--x', 'y'],
      ]) {
        expect((await verify(...args)).status).toBe(2);
      }
    });
  });
});

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

function replace(file: string, what: RegExp, by: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replace(what, by));
}
