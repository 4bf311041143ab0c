import { createTestDatabase, TcpProxy, type TestDatabase } from '#libs/testing';
import { awaitDatabase, createDataSource, DatabaseUnusableError, migrate, startProblem } from '.';

describe('a start', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  const problem = async (url: string, seconds = 0): Promise<string> =>
    awaitDatabase({ url, seconds }).then(
      () => '',
      (error: unknown) => {
        expect(error).toBeInstanceOf(DatabaseUnusableError);
        return (error as Error).message;
      },
    );
  const changed = (change: (url: URL) => void): string => {
    const url = new URL(database.url);
    change(url);
    return url.toString();
  };

  it('says in one sentence what is wrong with the database, at once where no waiting mends it', async () => {
    const closed = await TcpProxy.start(database.url);
    await closed.stop();
    const wrongPassword = changed((url) => (url.password = 'hush-hush'));
    for (const [url, seconds, words] of [
      [closed.url, 0, 'ECONNREFUSED'],
      [wrongPassword, 3600, 'refuses the password'],
      [changed((url) => (url.pathname = '/nowhere')), 3600, 'There is no database'],
      [changed((url) => (url.username = 'nobody-knows')), 3600, /refuses the password|does not let/],
    ] as const) {
      const sentence = await problem(url, seconds);
      expect(sentence).toMatch(words);
      expect(sentence).toContain('DATABASE_URL');
      expect(sentence).not.toContain('\n');
      expect(sentence).not.toContain('hush-hush');
    }
  });

  it('waits for a database that is on its way', async () => {
    const proxy = await TcpProxy.start(database.url);
    proxy.hang({ andNew: true });
    let waits = 0;
    proxy.reset();
    const waiting = awaitDatabase({ url: proxy.url, seconds: 60, onWait: () => waits++ });
    setTimeout(() => {
      proxy.heal();
      proxy.reset();
    }, 300);
    await waiting;
    expect(waits).toBe(1);
    await proxy.stop();
  });

  it('takes a read-only one for one that is not there yet', async () => {
    const url = changed((each) => each.searchParams.set('options', '-c default_transaction_read_only=on'));
    expect(await problem(url)).toContain('read-only');
  });

  it('without the rights says which are needed', async () => {
    const dataSource = await createDataSource({ url: database.ownerUrl }).initialize();
    const role = `spec_${database.url.slice(-8)}`;
    await dataSource.query(`create role ${role} login password 'p'`);
    await dataSource.query(`delete from migration where name like 'Leases%'`);
    const url = changed((each) => {
      each.username = role;
      each.password = 'p';
    });
    const theirs = await createDataSource({ url }).initialize();
    const error = await migrate(theirs).catch((thrown: unknown) => thrown);
    expect(startProblem(error, url)).toContain('"Roles and grants" in docs/operations.md');
    expect(startProblem(new TypeError('ours'), url)).toBeNull();
    await theirs.destroy();
    await dataSource.query(`drop role ${role}`);
    await dataSource.destroy();
  });
});
