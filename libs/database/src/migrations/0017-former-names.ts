import { sqlMigration } from './sql-migration';

/** Links by a name that a team or a workflow had before are told where it went: looked up only where no name of today fits. */
export const FormerNames1764400000017 = sqlMigration(
  'FormerNames1764400000017',
  /* sql */ `
create index team_former_names on team using gin ((state -> 'formerNames'));
create index workflow_former_names on workflow using gin ((state -> 'formerNames'));
`,
);
