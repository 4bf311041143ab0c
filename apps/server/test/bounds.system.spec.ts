import { createTestDatabase, type TestDatabase, until } from '#libs/testing';
import { type BoundCase, boundCases } from '../../../bench/bounds-cases';
import { callTo, lineOf, type Measured, measured } from '../../../bench/bounds-probe';
import { adminToken } from './harness';
import { build, ServerProcess } from './server-process';

const mostMemory = 500;

describe('a server at its bounds', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  let cases: BoundCase[];

  beforeAll(async () => {
    await build();
    database = await createTestDatabase();
    server = await ServerProcess.start({ DATABASE_URL: database.url });
    cases = await boundCases(callTo(server.url, adminToken));
  });
  afterAll(async () => {
    ServerProcess.killAll();
    await database.drop();
  });

  it('answers the largest request of each kind, refuses one above by name, and serves others meanwhile', async () => {
    const lines: string[] = [];
    const wrong: string[] = [];
    for (const each of cases) {
      // Reading YAML has a limit in time, which a loaded machine may come to.
      const largest = await until(
        () => measured(server.url, () => each.largest()),
        ({ answer }) => !answer.text.includes('reading it takes more than'),
      );
      const above = await measured(server.url, () => each.above());
      lines.push(lineOf(each, largest, above, server.residentMiB));
      const isAnswered = [200, 204].includes(largest.answer.status) && largest.answer.text.includes(each.holds ?? '');
      if (!isAnswered) wrong.push(`${each.name}, at the bound: ${shown(largest)}`);
      const isRefused = above.answer.status === each.refusal.status && above.answer.text.includes(each.refusal.text);
      if (!isRefused) wrong.push(`${each.name}, above: ${shown(above)}`);
    }
    process.stdout.write(`${lines.join('\n')}\n`);
    expect(wrong).toEqual([]);
  });

  it('stays within its memory, however often it is asked', async () => {
    const bodies = cases.filter(
      ({ name }) => name.includes('of a body') || name.includes('YAML') || name.includes('page'),
    );
    for (let round = 0; round < 3; round++) {
      await Promise.all(bodies.flatMap((each) => [each.largest(), each.largest(), each.above()]));
    }
    const mebibytes = server.residentMiB;
    process.stdout.write(`After the soak: ${String(mebibytes)} MiB\n`);
    if (mebibytes !== null) expect(mebibytes).toBeLessThan(mostMemory);
  });
});

function shown({ answer: { status, text } }: Measured): string {
  return `${status} ${text.slice(0, 600)}`;
}
