import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { DatabaseUnusableError } from './unusable-error';

/** The role that servers work as: it owns nothing, and can neither change events nor the schema. */
export interface ServiceRole {
  readonly name: string;
  /** For a role that is not there yet; absent: it gets none, and somebody sets it. */
  readonly password?: string;
}

/** The role that a connection string names. */
export function serviceOf(url: string): ServiceRole {
  const { username, password } = new URL(url);
  return {
    name: decodeURIComponent(username),
    ...(password !== '' && { password: decodeURIComponent(password) }),
  };
}

/** What the service may do with these tables and their partitions; with every other one, `everything`. */
const limited: Readonly<Record<string, string>> = {
  // `ledger_write` writes these two.
  event: 'select',
  ledger_head: 'select',
  migration: 'select',
  plan: 'select, insert',
  secret_key: 'select, insert',
  // Written by the functions that remove archived runs.
  archived_run: 'select',
  event_compaction: 'select',
  // Made and thrown away by functions: a key goes only with a recorded erasure.
  personal_key: 'select',
};
const everything = 'select, insert, update, delete';

/** Rights with which a role could get round the grants, and what they are called. */
const tooMighty = `
  select case when r.rolsuper then 'is a superuser'
              when pg_has_role(r.oid, c.relowner, 'member') then 'owns the tables, or may act as their owner'
              when r.rolcreaterole then 'may change other roles (createrole)'
              when pg_has_role(r.oid, 'pg_write_all_data', 'member') then 'may write all data (pg_write_all_data)'
              when pg_has_role(r.oid, 'pg_write_server_files', 'member') or pg_has_role(r.oid, 'pg_execute_server_program', 'member')
                then 'may write files of the database server' end as why
    from pg_roles r, pg_class c where c.oid = to_regclass('public.event') and r.rolname = coalesce($1, current_user)`;

/** Why this role, or that of the connection, could change the ledger, in words that follow its name; null if it could not. */
export async function mightOf(dataSource: DataSource, role: string | null = null): Promise<string | null> {
  const rows = await dataSource.query<{ why: string | null }[]>(tooMighty, [role]);
  return rows[0]?.why ?? null;
}

/** A sentence for the operator if the role of the connection could change the ledger; else null. */
export async function roleWarning(dataSource: DataSource): Promise<string | null> {
  const why = await mightOf(dataSource);
  if (why === null) return null;
  const [{ name }] = await dataSource.query<[{ name: string }]>('select current_user as name');
  return `The role ${name} ${why}, so it can change the ledger: let the server work as a role of its own, see "Roles and grants" in docs/operations.md.`;
}

/** Makes the role if it is missing. @throws DatabaseUnusableError if it could change the ledger, or cannot be made. */
export async function makeServiceRole(dataSource: DataSource, { name, password }: ServiceRole): Promise<void> {
  const found = await dataSource.query<unknown[]>('select from pg_roles where rolname = $1', [name]);
  if (found.length === 0) {
    const secret = password === undefined ? '' : ` password '${scramVerifier(password)}'`;
    await dataSource.query(`create role ${quoted(name)} login${secret}`).catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== '42501') throw error;
      throw new DatabaseUnusableError(
        `The role ${name} does not exist, and this role may not make it: let an administrator run \`create role ${quoted(name)} login\` and give it a password.`,
      );
    });
  }
  const why = await mightOf(dataSource, name);
  if (why !== null) {
    throw new DatabaseUnusableError(`The role ${name} ${why}: name another role for the service, or a new one.`);
  }
}

/**
 * Gives the role exactly the rights that a server needs, and every other service role too: those that have had such rights before. Run after each
 * migration, so new tables and functions need no grants of their own.
 */
export async function grantService(dataSource: DataSource, role: string | null): Promise<void> {
  const roles = await dataSource.query<{ name: string }[]>(
    `select distinct r.rolname as name
       from (select relacl as acl, relowner as owner from pg_class where oid = 'public.event'::regclass
             union all
             select proacl, proowner from pg_proc where pronamespace = 'public'::regnamespace and proname = 'ledger_append') as x,
            aclexplode(x.acl) as a, pg_roles r
      where r.oid = a.grantee and a.grantee <> x.owner and a.privilege_type in ('INSERT', 'EXECUTE')`,
  );
  const names = new Set([...roles.map(({ name }) => name), ...(role === null ? [] : [role])]);
  for (const name of names) await dataSource.query(grantsFor(name));
}

/** One statement, and so one transaction. Only what the owner of the ledger owns: others may have things in the schema. */
function grantsFor(role: string): string {
  const tables = Object.entries(limited).map(([table, rights]) => `when ${literal(table)} then ${literal(rights)}`);
  return `do $grants$
    declare
      service name := ${literal(role)};
      ledger_owner oid := (select relowner from pg_class where oid = 'public.event'::regclass);
      found record;
    begin
      if exists (select from pg_namespace n, aclexplode(n.nspacl) a where n.nspname = 'public' and a.grantee = 0 and a.privilege_type = 'CREATE') then
        revoke create on schema public from public;
      end if;
      execute format('revoke create on schema public from %I', service);
      execute format('grant usage on schema public to %I', service);
      execute format('grant connect on database %I to %I', current_database(), service);
      for found in
        select c.oid::regclass as name,
               case coalesce((select t.relname from pg_inherits i join pg_class t on t.oid = i.inhparent where i.inhrelid = c.oid),
                             regexp_replace(c.relname, '^event_y[0-9]{4}m[0-9]{2}_(kept|gone)$', 'event'))
                 ${tables.join(' ')} else ${literal(everything)} end as rights
          from pg_class c
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relowner = ledger_owner
      loop
        execute format('revoke all on %s from %I', found.name, service);
        execute format('grant %s on %s to %I', found.rights, found.name, service);
      end loop;
      for found in
        select p.oid::regprocedure as name from pg_proc p where p.pronamespace = 'public'::regnamespace and p.proowner = ledger_owner
      loop
        execute format('revoke execute on function %s from public', found.name);
        execute format('grant execute on function %s to %I', found.name, service);
      end loop;
    end $grants$`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** What PostgreSQL stores of a password: so the password itself is in no statement, and in no log. */
function scramVerifier(password: string): string {
  const [iterations, salt] = [4096, randomBytes(16)];
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const keyed = (text: string) => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${keyed('Server Key').toString('base64')}`;
}
