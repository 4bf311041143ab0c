import type { DataSource } from 'typeorm';

/**
 * The schema as text that is the same on every supported version of PostgreSQL: tables, columns, constraints, indexes,
 * triggers, functions. Without monthly partitions, because they depend on the date.
 */
export async function schemaText(dataSource: DataSource): Promise<string> {
  const parts = await Promise.all(statements.map((sql) => dataSource.query<{ line: string }[]>(sql)));
  return parts.map((rows) => rows.map(({ line }) => line).join('\n')).join('\n\n') + '\n';
}

const ours = `c.relnamespace = 'public'::regnamespace and c.relname !~ '_y[0-9]{4}m[0-9]{2}' and c.relname !~ '^migration'`;

const statements = [
  `select format('table %s%s%s', c.relname,
                 coalesce(' partition by ' || pg_get_partkeydef(c.oid), '') ||
                 coalesce(' partition of ' || (select i.inhparent::regclass::text from pg_inherits i where i.inhrelid = c.oid), ''),
                 coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', '')) as line
     from pg_class c where c.relkind in ('r', 'p') and ${ours} order by c.relname`,
  `select format('column %s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                 case when a.attnotnull then ' not null' else '' end,
                 coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')) as line
     from pg_attribute a join pg_class c on c.oid = a.attrelid
     left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p') and not c.relispartition and ${ours}
    order by c.relname, a.attnum`,
  `select format('constraint %s.%s %s', c.relname, k.conname, pg_get_constraintdef(k.oid)) as line
     from pg_constraint k join pg_class c on c.oid = k.conrelid
    where k.contype <> 'n' and not c.relispartition and ${ours} order by c.relname, k.conname`,
  `select pg_get_indexdef(i.indexrelid) as line
     from pg_index i join pg_class c on c.oid = i.indrelid join pg_class x on x.oid = i.indexrelid
    where not c.relispartition and ${ours} order by x.relname`,
  `select pg_get_triggerdef(t.oid) as line
     from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where not t.tgisinternal and t.tgparentid = 0 and ${ours} order by c.relname, t.tgname`,
  `select pg_get_functiondef(p.oid) as line from pg_proc p
    where p.pronamespace = 'public'::regnamespace order by p.proname`,
];
