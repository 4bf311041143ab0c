import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ArchiveWorker } from '#libs/archive';
import { type Clock, CLOCK } from '#libs/kernel';
import { chainHash, eventDigest, genesisHash } from '#libs/ledger';
import { until } from '#libs/testing';
import { makeLogKey } from '#libs/transparency';
import { blocksOf, root } from './document';
import { type Answer, simpleWorkflow } from './harness';
import { SignedTrail } from './signed-trail';

const program = join(root, 'tools/second-verifier/verify.py');
const hasPython = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0;
if (!hasPython) process.stderr.write('second-verifier.system.spec.ts is skipped: it needs python3, 3.9 or newer.\n');

/** One call of the program: what was done to a good file, and what it should say; no message: it should be good. */
interface Case {
  readonly what: string;
  readonly args: readonly string[];
  readonly message?: RegExp;
}

const day = 86_400_000;

(hasPython ? describe : describe.skip)(
  'tools/second-verifier, written from docs/verify.md and docs/ledger.md alone',
  () => {
    let trail: SignedTrail;
    let folder: string;
    let trust: readonly string[];
    const at = (name: string) => join(folder, name);
    const parse = (name: string) => JSON.parse(read(`${name}.json`));
    const read = (name: string) => readFileSync(at(name), 'utf8');
    const write = (name: string, content: string | Buffer) => {
      mkdirSync(dirname(at(name)), { recursive: true });
      writeFileSync(at(name), content);
      return at(name);
    };

    /** Answers for all cases, from one start of the program. */
    const outcomes = (cases: readonly Case[]) => {
      const input = cases.map(({ args }) => `${JSON.stringify(args)}\n`).join('');
      const { stdout, stderr } = spawnSync('python3', [program, 'each'], {
        input,
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
      });
      expect(stderr).toBe('');
      const answers = stdout.trim().split('\n');
      expect(answers).toHaveLength(cases.length);
      return answers.map((line) => JSON.parse(line) as { code: number; lines: string[] });
    };
    /** Expects each case to end as it should, and shows those that do not. */
    const expectAll = (cases: readonly Case[]) => {
      const answers = outcomes(cases);
      const wrong = cases.flatMap(({ what, message }, index) => {
        const { code, lines } = answers[index] ?? { code: -1, lines: [] };
        const isRight = message ? code === 1 && message.test(lines.join('\n')) : code === 0;
        return isRight ? [] : [{ what, code, lines }];
      });
      expect(wrong).toEqual([]);
    };

    const exportLedger = async (name: string) => {
      const [, , , command = ''] = blocksOf('docs/verify.md', 'sh');
      const [, statement = ''] = /-c "([^]*?)" > /.exec(command) ?? [];
      const { rows } = await trail.server.pool.query<{ line: unknown }>(statement);
      return write(name, rows.map(({ line }) => `${JSON.stringify(line)}\n`).join(''));
    };
    const run = (id: string) => `/api/v2/team/audited/workflowrun/${id}`;
    /** Lets the server archive what is due two days from now. */
    const archive = () =>
      until(
        async () => {
          await trail.sign();
          await trail.server.get('/api/v2/audit?limit=1');
          const { app } = trail.server.server;
          const later = jest.spyOn(app.get<Clock>(CLOCK), 'now').mockImplementation(() => Date.now() + 2 * day);
          try {
            return await app.get(ArchiveWorker).pass({ folder: at('archives'), retention: {} }, (error) => {
              throw error;
            });
          } finally {
            later.mockRestore();
          }
        },
        (count) => count === 1,
      );

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'runledger-second-'));
      mkdirSync(at('archives'));
      trail = await SignedTrail.start();
      const { server } = trail;
      write('policy', `log ${trail.key}\nwitness w1 ${trail.witness.key}\nquorum w1\n`);
      trust = ['--policy', at('policy')];
      // A server copies a partition when much of it is archived. It goes by PostgreSQL's estimate: here, that there is nothing else.
      await server.pool.query(
        `do $$ declare part regclass; begin
           for part in select inhrelid from pg_inherits where inhparent = 'event'::regclass loop
             execute format('alter table %s set (autovacuum_enabled = off)', part);
           end loop;
         end $$`,
      );
      await server.createTeam('audited');
      const params = ['back\\slash \\n', 'line\nbreak\r\ttab', '"quotes"', '💥 ü'].map((value, index) => ({
        name: `p${index}`,
        type: 'text',
        default: value,
      }));
      await server.saveWorkflow('audited', simpleWorkflow('w', { params }));
      const [first, claimed, other] = await Promise.all(
        [1, 2, 3].map(async () => (await server.submit('audited', 'w')).body.id as string),
      );
      await trail.sign();
      write('early.txt', readFileSync(join(trail.files, 'checkpoint')));
      for (const id of [first, other]) {
        await server.delete(`${run(id ?? '')}/cancel`, { headers: { 'x-reason': 'wrong release' } });
        await server.put(`${run(id ?? '')}/finalize`);
      }
      const agent = await server.registerAgent();
      const items = (await server.claim(agent)) as { id: string; fence: number }[];
      for (const item of items.filter(({ id }) => id.slice(0, 32) === claimed?.slice(0, 32))) {
        await server.report(item, 'start');
        await server.report(item, 'end', { status: 'succeeded' });
      }
      for (let more = 0; more < 60; more++) await server.submit('audited', 'w');
      await trail.sign();
      for (const [name, id] of Object.entries({ first, claimed, other }))
        write(`${name}.json`, (await server.get(`${run(id ?? '')}/proof`)).text);
      write('event.tlog-proof', (await server.get(`${run(first ?? '')}/proof/1`)).text);
      write('checkpoint.txt', (await server.get('/api/v2/trail/checkpoint')).text);
      await exportLedger('events.jsonl');
      cpSync(trail.files, at('log'), { recursive: true });
      await server.request('PATCH', '/api/v2/team/audited', { body: { retention: { cancelled: 1 } } });
      await archive();
      await trail.sign();
      write('archived-checkpoint.txt', (await server.get('/api/v2/trail/checkpoint')).text);
      await exportLedger('archived.jsonl');
    });
    afterAll(async () => {
      await trail.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    it('accepts what the server gives', () => {
      const [file = ''] = readdirSync(at('archives'));
      expectAll([
        ...['first', 'claimed', 'other'].map((name) => ({
          what: name,
          args: ['proof', at(`${name}.json`), ...trust],
        })),
        { what: 'one event', args: ['proof', at('event.tlog-proof'), ...trust] },
        { what: 'the chain', args: ['ledger', at('events.jsonl')] },
        {
          what: 'the ledger',
          args: ['ledger', at('events.jsonl'), '--checkpoint', at('checkpoint.txt'), '--tiles', at('log'), ...trust],
        },
        { what: 'the log', args: ['tiles', at('log'), '--since', at('early.txt'), ...trust] },
        { what: 'an archive', args: ['archive', join(at('archives'), file), ...trust] },
        {
          what: 'a ledger with archives',
          args: [
            'ledger',
            at('archived.jsonl'),
            '--archives',
            at('archives'),
            '--checkpoint',
            at('archived-checkpoint.txt'),
            ...trust,
          ],
        },
      ]);
    });

    it('refuses a proof in which any value was changed, but for what nothing proves of an event that is withheld', () => {
      const cases = ['first', 'claimed'].flatMap((name) =>
        changesOf(parse(name)).map(({ path, changed }, index) => ({
          what: path,
          args: ['proof', write(`changed/${name}-${index}.json`, JSON.stringify(changed)), ...trust],
        })),
      );
      const answers = outcomes(cases);
      const accepted = cases.filter((_, index) => answers[index]?.code !== 1).map(({ what }) => what);
      expect(cases.length).toBeGreaterThan(200);
      expect([...new Set(accepted.map((path) => path.replace(/\d+/, 'n')))].sort()).toEqual([
        'events.n.schemaVersion',
        'events.n.type',
        'events.n.withheld',
        'later',
      ]);
      const withheld = (read('first.json') + read('claimed.json')).split('"withheld":').length - 1;
      expect(withheld).toBeGreaterThan(0);
      expect(accepted.filter((path) => path.endsWith('.withheld'))).toHaveLength(withheld);
      expect(accepted.filter((path) => path.endsWith('.type'))).toHaveLength(withheld);
    });

    it('refuses proofs that lack an event, have two swapped, or are of another run, log or witness', () => {
      const other = parse('other');
      const change = (what: string, message: RegExp, by: (proof: Answer['body']) => unknown): Case => {
        const proof = parse('first');
        by(proof);
        return { what, message, args: ['proof', write(`changed/${what}.json`, JSON.stringify(proof)), ...trust] };
      };
      mkdirSync(at('stranger'));
      const key = makeLogKey(at('stranger'), 'ledger.example/prod').verifier.text;
      const [w1, stranger] = [`witness w1 ${trail.witness.key}\n`, `witness w2 ${strangeWitness}\n`];
      const both = write('both', `log ${trail.key}\n${w1}${stranger}group both all w1 w2\nquorum both\n`);
      const lines = readFileSync(join(root, 'docs/verify.md'), 'utf8').match(/^(log|witness w1) .*$/gm) ?? [];
      const example = write('example', [...lines, 'quorum w1', ''].join('\n'));
      const first = ['proof', at('first.json')];
      expectAll([
        change('a gap', /versions .* are not 1 to/, ({ events }) => events.splice(1, 1)),
        change('two swapped', /is not after the event before it/, ({ events }) => events.reverse()),
        change('a strange event', /event 3 at position/, ({ events }) => (events[2] = other.events[2])),
        change('a strange run', /event 1 at position \d+: this event is not in/, (proof) => (proof.run = other.run)),
        change('a strange plan', /the plan is not the one/, (proof) => (proof.plan = '[]')),
        change('a text beside a digest', /a member that the format does not have/, ({ events: [event] }) =>
          Object.assign(event, { digest: event.hash, withheld: '' }),
        ),
        { what: 'another run', args: [...first, '--run', other.run, ...trust], message: /is of the run/ },
        { what: 'another key', args: [...first, '--key', key], message: /no signature of the log/ },
        { what: 'the keys of the document', args: [...first, '--policy', example], message: /no signature of the log/ },
        { what: 'another witness', args: [...first, '--policy', both], message: /too few for both/ },
      ]);
    });

    it('refuses a checkpoint, or a proof of one event, in which any byte was changed', () => {
      const flips = (name: string, command: string): Case[] =>
        Array.from(readFileSync(at(name)), (_, place) => ({
          what: `byte ${place} of ${name}`,
          args: [command, write(`changed/${name}-${place}`, flip(readFileSync(at(name)), place)), ...trust],
          message: /^NOT GOOD/,
        }));
      expectAll([...flips('event.tlog-proof', 'proof'), ...flips('checkpoint.txt', 'checkpoint')]);
    });

    it('finds where a ledger was changed, cut or rewritten', () => {
      const lines = read('events.jsonl')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Exported);
      const exportOf = (what: string, by: (lines: Exported[]) => Exported[]) =>
        write(
          `changed/${what}.jsonl`,
          by(structuredClone(lines))
            .map((line) => `${JSON.stringify(line)}\n`)
            .join(''),
        );
      /** By the chain alone, by a checkpoint, by the tiles; null: it cannot be seen. */
      const cases = (
        what: string,
        by: (lines: Exported[]) => Exported[],
        ...[chain, checkpoint, tiles]: readonly (RegExp | null)[]
      ): Case[] => {
        const file = exportOf(what, by);
        return [
          { what, args: ['ledger', file], ...(chain && { message: chain }) },
          {
            what,
            args: ['ledger', file, '--checkpoint', at('checkpoint.txt'), ...trust],
            ...(checkpoint && { message: checkpoint }),
          },
          { what, args: ['ledger', file, '--tiles', at('log'), ...trust], ...(tiles && { message: tiles }) },
        ];
      };
      const everywhere = (what: string, message: RegExp, by: (lines: Exported[]) => Exported[]) =>
        cases(what, by, message, message, message);
      const last = lines.length - 1;
      expectAll([
        ...[1, 20, last].flatMap((place) =>
          changesOf(lines[place]).map(({ path, changed }) => ({
            what: `${path} at position ${place}`,
            args: ['ledger', exportOf(`${path}-${place}`, (all) => all.with(place, changed as Exported))],
            message: /chain breaks at position|is missing|digits 0-9a-f/,
          })),
        ),
        ...everywhere('a deleted event', /position 20 is missing/, (all) => all.toSpliced(20, 1)),
        ...everywhere('two swapped', /position 20 is missing/, (all) =>
          all.toSpliced(20, 2, ...all.slice(20, 22).reverse()),
        ),
        ...everywhere('one twice', /position 20 is out of order/, (all) => all.toSpliced(20, 0, ...all.slice(20, 21))),
        ...everywhere('a cut tail', /the events end at 19/, (all) => all.slice(0, 20)),
        ...cases(
          'a cut tail and head',
          (all) => rehashed(all.slice(0, 20)),
          null,
          /its tail was cut/,
          /its tail was cut/,
        ),
        ...cases(
          'an event rewritten with all hashes',
          (all) => rehashed(all.map((event) => (event.p === 20 ? { ...event, d: '{}' } : event))),
          null,
          /the ledger was rewritten/,
          /position 20 is not the event that the log has/,
        ),
        {
          what: 'half a line',
          args: ['ledger', write('changed/half.jsonl', read('events.jsonl').slice(0, -5))],
          message: /has no end/,
        },
      ]);
    });

    it('finds where a log was changed', () => {
      const files = readdirSync(at('log'), { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
      const copy = (what: string, by: (folder: string) => void, message: RegExp, ...more: string[]): Case => {
        cpSync(at('log'), at(`changed/${what}`), { recursive: true });
        by(at(`changed/${what}`));
        return { what, args: ['tiles', at(`changed/${what}`), ...more, ...trust], message };
      };
      const cases = files.flatMap((file, index) => {
        const path = join(file.parentPath, file.name).slice(at('log').length);
        const size = readFileSync(at(`log${path}`)).length;
        return [0, size >> 1, size - 1].map((place) =>
          copy(
            `${index}-${place}`,
            (folder) => writeFileSync(folder + path, flip(readFileSync(folder + path), place)),
            /^NOT GOOD/,
          ),
        );
      });
      expect(files.length).toBeGreaterThan(5);
      expectAll([
        ...cases,
        copy('missing', (folder) => rmSync(join(folder, 'tile/0'), { recursive: true }), /tile\/0\/000 is missing/),
        copy(
          'cut',
          (folder) => writeFileSync(join(folder, 'checkpoint'), read('early.txt')),
          /it was cut/,
          '--since',
          at('checkpoint.txt'),
        ),
      ]);
    });

    it('refuses an archive in which anything was changed that its runs or the ledger say', () => {
      const [name = ''] = readdirSync(at('archives'));
      const lines = gunzipSync(readFileSync(join(at('archives'), name)))
        .toString()
        .trim()
        .split('\n');
      const changes = lines.flatMap((line, place) =>
        changesOf(JSON.parse(line)).map(({ path, changed }) => ({
          path: `line ${place === 0 ? 1 : 'n'}: ${path}`,
          content: gzipSync(
            lines
              .with(place, JSON.stringify(changed))
              .map((each) => `${each}\n`)
              .join(''),
          ),
        })),
      );
      const alone = changes.map(({ path, content }, index) => ({
        what: path,
        args: ['archive', write(`changed/archive-${index}.gz`, content), ...trust],
      }));
      const answers = outcomes(alone);
      const accepted = alone.filter((_, index) => answers[index]?.code !== 1).map(({ what }) => what);
      expect([...new Set(accepted)].sort()).toEqual([
        'line 1: at',
        'line 1: id',
        'line 1: team',
        'line 1: teamId',
        'line n: later',
      ]);
      const ledger = ['ledger', at('archived.jsonl')];
      expectAll([
        { what: 'no archives', args: ledger, message: /position \d+ is missing/ },
        ...changes
          .filter(({ path }) => accepted.includes(path))
          .map(({ path, content }, index) => {
            write(`changed/archives-${index}/${name}`, content);
            return {
              what: path,
              args: [...ledger, '--archives', at(`changed/archives-${index}`), ...trust],
              message: /names another SHA-256|no event RunsArchived names an/,
            };
          }),
      ]);
    });
  },
);

/** A line of the export in docs/ledger.md. */
interface Exported {
  readonly p: number;
  readonly s: string;
  readonly v: number;
  readonly t: string;
  readonly n: number;
  readonly d: string;
  readonly m: string;
  readonly x: string;
  readonly r: number;
  readonly h: string;
}

const strangeWitness = 'witness.example/w2+58c9183b+BPxRzY5iGKGjjaR+0AIw8FgIFu0TujMDrF3rkRVIkIAl';

/** An export whose hashes, and the head, follow from its events. */
function rehashed([, ...events]: readonly Exported[]): Exported[] {
  let hash: Buffer = genesisHash;
  const chained = events.map((event) => {
    const digest = eventDigest({
      salt: Buffer.from(event.x, 'hex'),
      streamId: event.s,
      streamVersion: event.v,
      type: event.t,
      schemaVersion: event.n,
      data: event.d,
      metadata: event.m,
    });
    hash = chainHash(hash, event.p, BigInt(event.r), digest);
    return { ...event, h: hash.toString('hex') };
  });
  return [{ p: events.length, h: hash.toString('hex') } as Exported, ...chained];
}

function flip(bytes: Buffer, place: number): Buffer {
  bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place);
  return bytes;
}

/** Every copy of a value of JSON in which one text or number is another one. */
function changesOf(value: unknown): { path: string; changed: unknown }[] {
  if (typeof value === 'number') return [{ path: '', changed: value + 1 }];
  if (typeof value === 'string') return [{ path: '', changed: flip(Buffer.from(value), value.length >> 1).toString() }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([member, inner]) =>
    changesOf(inner).map(({ path, changed }) => ({
      path: path === '' ? member : `${member}.${path}`,
      changed: Array.isArray(value) ? value.with(Number(member), changed) : { ...value, [member]: changed },
    })),
  );
}
