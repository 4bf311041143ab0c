import { sqlMigration } from './sql-migration';

/**
 * An event has the metadata of its command only where it is the first of that command in its stream: null says that it has those of the
 * event at the position before. What is hashed is the full text as before.
 */
export const MetadataOnce1764700000023 = sqlMigration(
  'MetadataOnce1764700000023',
  /* sql */ `
alter table event alter column metadata drop not null;
`,
);
