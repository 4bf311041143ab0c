import { sqlMigration } from './sql-migration';

/** The version that agents register with, for those who operate them. */
export const AgentVersion1764800000042 = sqlMigration(
  'AgentVersion1764800000042',
  /* sql */ `
alter table agent add column version text;
`,
);
