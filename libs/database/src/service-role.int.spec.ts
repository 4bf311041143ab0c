import { randomBytes } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { Client, Pool } from 'pg';
import { createDataSource, migrate, migrateDatabase, roleWarning } from '.';

describe('the role of the service', () => {
  let database: TestDatabase;
  let owner: Pool;
  let service: Pool;
  let role = '';
  let partition = '';
  beforeAll(async () => {
    database = await createTestDatabase();
    owner = new Pool({ connectionString: database.ownerUrl, max: 2 });
    service = new Pool({ connectionString: database.url, max: 2 });
    role = new URL(database.url).username;
    await append(service, 1);
    const { rows } = await owner.query<{ name: string }>(
      `select inhrelid::regclass as name from pg_inherits where inhparent = 'event'::regclass and inhrelid::regclass::text ~ '_y' order by 1 limit 1`,
    );
    partition = rows[0]?.name ?? '';
  });
  afterAll(async () => {
    await Promise.all([owner.end(), service.end()]);
    await database.drop();
  });

  /** Appends one event, as the server does. */
  const append = (pool: Pool, version: number, digest = Buffer.alloc(32, version)) =>
    pool.query(
      `select ledger_append(array['00000000-0000-7000-8000-000000000001']::uuid[], array[$1::int], array['Spec'], array[1], array['{}'],
         array['{}'], array[1], $2, $3, '[]', '[]')`,
      [version, Buffer.alloc(16, 1), digest],
    );

  const row = `position, stream_id, stream_version, type, schema_version, data, metadata, salt, recorded_at, hash`;
  const forged = (position: string) =>
    `insert into event (${row}) select ${position}, stream_id, stream_version + 7, type, schema_version, data, metadata, salt, recorded_at, hash from event limit 1`;

  it.each([
    ['changes an event', 'update event set data = data', 'permission denied for table event'],
    ['changes one in a partition', 'update event_default set data = data', 'permission denied for table event_default'],
    ['deletes events', 'delete from event', 'permission denied for table event'],
    ['truncates them', 'truncate event', 'permission denied for table event'],
    ['truncates a partition', 'truncate PARTITION', 'permission denied for table'],
    ['adds one with the right position', forged('position + 1'), 'permission denied for table event'],
    ['adds one out of order', forged('position + 5'), 'permission denied for table event'],
    ['adds one to a partition', forged('9').replace('event (', 'event_default ('), 'permission denied for table'],
    ['copies events in', 'copy event from stdin', 'permission denied for table event'],
    [
      'merges',
      'merge into event e using ledger_head h on true when matched then delete',
      'permission denied for table',
    ],
    ['changes the head', 'update ledger_head set position = 0', 'permission denied for table ledger_head'],
    ['deletes the head', 'delete from ledger_head', 'permission denied for table ledger_head'],
    ['locks the head', 'select from ledger_head for update', 'permission denied for table ledger_head'],
    ['changes a plan', `update plan set body = ''`, 'permission denied for table plan'],
    ['deletes a plan', 'delete from plan', 'permission denied for table plan'],
    ['switches triggers off', 'alter table event disable trigger all', 'must be owner of table event'],
    ['switches one off', 'alter table event disable trigger event_no_update', 'must be owner of table event'],
    ['drops a trigger', 'drop trigger event_no_update on event', 'must be owner of relation event'],
    ['adds a trigger', 'create trigger x before insert on event execute function refuse_change()', 'permission denied'],
    ['adds a rule', 'create rule x as on insert to event do instead nothing', 'must be owner of table event'],
    ['lets triggers rest', 'set session_replication_role = replica', 'permission denied to set parameter'],
    ['drops the ledger', 'drop table event', 'must be owner of table event'],
    ['drops a partition', 'drop table PARTITION', 'must be owner of table'],
    ['detaches a partition', 'alter table event detach partition PARTITION', 'must be owner of table'],
    ['alters a partition', 'alter table PARTITION add column x int', 'must be owner of table'],
    ['alters a view', 'alter table workflow_run add column x int', 'must be owner of table workflow_run'],
    ['takes a table', 'alter table event owner to current_user', 'must be owner of table event'],
    [
      'replaces a trigger function',
      `create or replace function refuse_change() returns trigger language plpgsql as 'begin return null; end'`,
      'permission denied for schema public',
    ],
    ['alters a function', 'alter function ledger_lock() security invoker', 'must be owner of function ledger_lock'],
    ['makes a table', 'create table x (i int)', 'permission denied for schema public'],
    ['becomes the owner', 'set role OWNER', 'permission denied to set role'],
    ['gives itself the role of the owner', 'grant OWNER to current_user', 'permission denied to grant role'],
    ['forgets a migration', 'delete from migration', 'permission denied for table migration'],
    ['drops the schema', 'drop schema public cascade', 'must be owner of schema public'],
    [
      'makes a partition of another table',
      `select make_month_partition('token', 'y2026m11')`,
      'There are no monthly partitions',
    ],
    [
      'makes a partition with a name of its own',
      `select make_month_partition('event', 'x; drop table event')`,
      'There are no monthly partitions',
    ],
    ['makes partitions without end', `select make_month_partition('event', 'y2999m01')`, 'more than 13 months away'],
    [
      'appends events that cannot be verified',
      `select ledger_write(array[gen_random_uuid()], array[1], array['X'], array[1], array['{}'], array['{}'], array[1], ''::bytea, ''::bytea)`,
      'needs a salt of 16 bytes',
    ],
  ])('is refused if it %s', async (_what, sql, refusal) => {
    const statement = sql.replace('PARTITION', partition).replace('OWNER', `"${new URL(database.ownerUrl).username}"`);
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const error: unknown = await client.query(statement).catch((thrown: unknown) => thrown);
    await client.end();
    expect((error as Error | { message?: undefined }).message).toContain(refusal);
    const { rows } = await owner.query<{ count: string }>('select count(*) from event');
    expect(rows[0]?.count).toBe('1');
  });

  it('cannot lead the functions of the owner astray with tables of its own', async () => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query('begin');
    await client.query(
      'create temp table ledger_head (like public.ledger_head); create temp table event (like public.event)',
    );
    await client.query('select ledger_lock()');
    await client.query('rollback');
    await client.end();
  });

  it('has exactly the rights that a server needs, on every table and function', async () => {
    const { rows } = await owner.query<{ name: string; rights: string }>(
      `select coalesce((select t.relname from pg_inherits i join pg_class t on t.oid = i.inhparent where i.inhrelid = c.oid), c.relname) as name,
              (select coalesce(string_agg(lower(a.privilege_type), ' ' order by a.privilege_type), '') from aclexplode(c.relacl) a
                where a.grantee = $1::regrole) as rights
         from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`,
      [role],
    );
    const namesWith = (wanted: string) =>
      [...new Set(rows.flatMap(({ name, rights }) => (rights === wanted ? [name] : [])))].sort();
    expect([...new Set(rows.map(({ rights }) => rights))].sort()).toEqual([
      'delete insert select update',
      'insert select',
      'select',
    ]);
    expect(namesWith('select')).toEqual([
      'archived_run',
      'event',
      'event_compaction',
      'ledger_head',
      'migration',
      'personal_key',
    ]);
    expect(namesWith('insert select')).toEqual(['plan', 'secret_key']);
    expect(namesWith('delete insert select update')).toContain('workflow_run');
    const closed = await owner.query<{ name: string }>(
      `select p.oid::regprocedure as name from pg_proc p
        where p.pronamespace = 'public'::regnamespace and not has_function_privilege($1, p.oid, 'execute')`,
      [role],
    );
    expect(closed.rows).toEqual([]);
    const open = await owner.query<{ name: string }>(
      `select p.oid::regprocedure as name from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        where p.pronamespace = 'public'::regnamespace and a.grantee = 0`,
    );
    expect(open.rows).toEqual([]);
  });

  it('may call only functions with the rights of the owner that fix where they look', async () => {
    const { rows } = await owner.query<{ name: string; settings: string[] | null }>(
      `select proname as name, proconfig as settings from pg_proc where pronamespace = 'public'::regnamespace and prosecdef order by 1`,
    );
    expect(rows.length).toBeGreaterThanOrEqual(3);
    for (const { settings } of rows) expect(settings).toContain('search_path=public, pg_temp');
  });

  describe('a database of others', () => {
    const made: string[] = [];
    const nameOf = () => {
      const name = `spec_${randomBytes(6).toString('hex')}`;
      made.push(name);
      return name;
    };
    let empty: TestDatabase;
    beforeEach(async () => {
      empty = await createTestDatabase({ migrated: false });
    });
    afterEach(async () => {
      await empty.drop();
      for (const name of made.splice(0)) await owner.query(`drop role if exists ${name}`);
    });
    const urlOf = (username: string, password = 'p') =>
      Object.assign(new URL(empty.url), { username, password }).toString();

    it('gets the role from a migration, with a password that no statement shows', async () => {
      const name = nameOf();
      const password = 'it\'s \\ "quoted"';
      await migrateDatabase(empty.ownerUrl, { service: { name, password } });
      const dataSource = await createDataSource({ url: urlOf(name, encodeURIComponent(password)) }).initialize();
      expect(await migrate(dataSource)).toEqual([]);
      expect(await roleWarning(dataSource)).toBeNull();
      await dataSource.destroy();
      await expect(createDataSource({ url: urlOf(name, 'wrong') }).initialize()).rejects.toThrow('password');
    });

    it('narrows what an earlier setup has granted', async () => {
      const name = nameOf();
      const pool = new Pool({ connectionString: empty.ownerUrl, max: 1 });
      await migrateDatabase(empty.ownerUrl);
      await pool.query(`create role ${name} login password 'p'`);
      await pool.query(`grant select, insert, update, delete on all tables in schema public to ${name}`);
      await migrateDatabase(empty.ownerUrl, { service: { name: nameOf() } });
      const { rows } = await pool.query<{ may: boolean }>(`select has_table_privilege($1, 'event', 'update') as may`, [
        name,
      ]);
      expect(rows[0]?.may).toBe(false);
      await pool.end();
    });

    it('does not take a role for the service that could change the ledger', async () => {
      const [mighty, creator] = [nameOf(), nameOf()];
      await owner.query(`create role ${mighty} superuser; create role ${creator} createrole`);
      await migrateDatabase(empty.ownerUrl);
      const refusal = (name: string) => migrateDatabase(empty.ownerUrl, { service: { name } });
      await expect(refusal(mighty)).rejects.toThrow(`The role ${mighty} is a superuser: name another role`);
      await expect(refusal(creator)).rejects.toThrow('may change other roles');
      const itself = await createDataSource({ url: empty.ownerUrl }).initialize();
      expect(await roleWarning(itself)).toMatch(
        /^The role \S+ is a superuser, so it can change the ledger: .*"Roles and grants"/,
      );
      await itself.destroy();
    });

    it('is owned by a role that is no superuser, and cannot make the role itself', async () => {
      const [plain, name] = [nameOf(), nameOf()];
      await owner.query(`create role ${plain} login password 'p'`);
      const target = new URL(empty.ownerUrl).pathname.slice(1);
      await owner.query(`alter database ${target} owner to ${plain}`);
      const migrateIt = () => migrateDatabase(urlOf(plain), { service: { name } });
      await expect(migrateIt()).rejects.toThrow(`let an administrator run \`create role "${name}" login\``);
      await owner.query(`create role ${name} login password 'p'`);
      await migrateIt();
      const dataSource = await createDataSource({ url: urlOf(name) }).initialize();
      await migrate(dataSource);
      expect(await roleWarning(dataSource)).toBeNull();
      await dataSource.destroy();
      const theirs = await createDataSource({ url: urlOf(plain) }).initialize();
      expect(await roleWarning(theirs)).toContain('owns the tables');
      await theirs.destroy();
    });
  });
});
