import { sqlMigration } from './sql-migration';

/**
 * Finds a team or workflow by a former name, so that an error can say the new one. Used only if no current name
 * matches.
 */
export const FormerNames1764400000017 = sqlMigration(
  'FormerNames1764400000017',
  /* sql */ `
create index team_former_names on team using gin ((state -> 'formerNames'));
create index workflow_former_names on workflow using gin ((state -> 'formerNames'));
`,
);
