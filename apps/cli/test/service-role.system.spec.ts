import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { startEmbeddedPostgres } from '#libs/database';
import { createTestDatabase } from '#libs/testing';
import { Pool } from 'pg';
import { build, ServerProcess } from '../../server/test/server-process';
import { runledger } from './cli';

/** The roles of the sessions of servers. */
const rolesOn = async (pool: Pool): Promise<string[]> => {
  const { rows } = await pool.query<{ name: string }>(
    `select distinct usename as name from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name like 'runledger%'`,
  );
  return rows.map(({ name }) => name);
};

describe('a server', () => {
  beforeAll(build);
  afterAll(() => ServerProcess.killAll());

  it('works as the role that migrate has made, and warns where it works as the owner', async () => {
    const database = await createTestDatabase({ migrated: false });
    const role = `spec_${randomBytes(6).toString('hex')}`;
    const pool = new Pool({ connectionString: database.ownerUrl, max: 1 });
    const service = Object.assign(new URL(database.url), { username: role, password: 'p' }).toString();
    const settings = { DATABASE_URL: service, RUNLEDGER_OWNER_URL: database.ownerUrl };
    try {
      await pool.query(`create role ${role} login password 'p'`);
      const early = await ServerProcess.start({ DATABASE_URL: service }).catch((error: unknown) => String(error));
      expect(early).toMatch(/ended with 1: [^]*"Roles and grants" in docs\/operations\.md/);
      expect((await runledger(['migrate', '--json'], settings)).code).toBe(0);
      const server = await ServerProcess.start({ DATABASE_URL: service });
      expect(await rolesOn(pool)).toEqual([role]);
      expect((await server.call('POST', '/api/v2/team', { name: 'one' })).status).toBe(200);
      expect(server.output.join('')).not.toContain('can change the ledger');
      await server.end('SIGTERM');
      const both = await ServerProcess.start(settings);
      expect(await rolesOn(pool)).toEqual([role]);
      await both.end('SIGTERM');
      const mighty = await ServerProcess.start({ DATABASE_URL: database.ownerUrl });
      expect(mighty.output.join('')).toContain('so it can change the ledger');
      await mighty.end('SIGTERM');
      const wrong = await runledger(['migrate', '--service-role', new URL(database.ownerUrl).username], settings);
      expect(wrong).toMatchObject({ code: 3, err: expect.stringContaining('name another role for the service') });
    } finally {
      await pool.query(`drop owned by ${role}`);
      await pool.end();
      await database.drop();
      const other = await createTestDatabase();
      const last = new Pool({ connectionString: other.ownerUrl, max: 1 });
      await last.query(`drop role ${role}`);
      await last.end();
      await other.drop();
    }
  });

  it('on the embedded database works as a role that owns nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'runledger-embedded-'));
    const server = await ServerProcess.start({ DATABASE_URL: '', RUNLEDGER_DATA_DIR: folder });
    const shared = await startEmbeddedPostgres({ dataDir: folder, durable: false });
    const [owner, service] = [shared.url, shared.serviceUrl].map(
      (each) => new Pool({ connectionString: each, max: 1 }),
    ) as [Pool, Pool];
    expect(await rolesOn(owner)).toEqual(['runledger_service']);
    await expect(service.query('delete from event')).rejects.toThrow('permission denied for table event');
    expect(server.output.join('')).not.toContain('can change the ledger');
    await Promise.all([owner.end(), service.end()]);
    await shared.stop();
    await server.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });
});
