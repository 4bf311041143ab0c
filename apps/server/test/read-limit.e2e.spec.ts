import { withClient } from '#libs/database';
import { simpleWorkflow, TestServer } from './harness';

describe('reading that takes too long', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start({ readWithin: 1000 });
    await server.createTeam('alpha');
    await server.saveWorkflow('alpha', simpleWorkflow('one'));
    await server.submit('alpha', 'one');
  });
  afterAll(() => server.stop());

  it.each([
    ['workflow_run', '/workflowrun/query'],
    ['run_label', '/workflowrun/query?labels=a%3Db'],
    ['run_day_count', '/workflowrun/count'],
    ['action', '/action/query'],
    ['workflow', '/workflow/query'],
    ['schedule', '/schedule/query'],
  ])('of %s ends at the limit, and says what to narrow: %s', async (table, path) => {
    const url = `/api/v2/team/alpha${path}`;
    await withClient(server.pool, async (client) => {
      await client.query(`begin; lock table ${table} in access exclusive mode`);
      const { status, body, headers } = await server.get(url);
      expect([status, headers['retry-after']]).toEqual([503, '1']);
      expect(body).toMatchObject({ code: 503, reason: 'SERVICE_UNAVAILABLE', status: '503 SERVICE_UNAVAILABLE' });
      expect(body.message).toMatch(
        /^Reading took longer than 1 s.*RUNLEDGER_READ_SECONDS.*Ask for less: a shorter range/,
      );
      await client.query('rollback');
    });
    expect((await server.get(url)).status).toBe(200);
  });

  it('is no limit for a command that waits for a lock for longer', async () => {
    const submitted = await withClient(server.pool, async (client) => {
      await client.query('begin; lock table ledger_head in access exclusive mode');
      const answer = server.submit('alpha', 'one');
      await client.query('select pg_sleep(1.5)');
      await client.query('rollback');
      return answer;
    });
    expect(submitted.status).toBe(200);
  });
});
