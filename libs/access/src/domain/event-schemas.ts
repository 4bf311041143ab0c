import { activity, at, eventSchemas, labels, milliseconds, named, schemaOf } from '#libs/events';
import { teamRoles, tokenTypes, teamOperations } from '#libs/kernel';
import { z } from 'zod';
import type { GlobalParametersEvent } from './global-parameters';
import type { TeamMember } from './members';
import type { ApproverGroup, Parameter, Quotas, TeamChanges, TeamEvent, TeamRemovals, TeamRetentionDays } from './team';
import type { TokenEvent } from './token';

const text = z.string();
const limit = z.number();
const created = milliseconds.describe('when it was created, in milliseconds since the epoch');
const profile = {
  name: text.describe('name'),
  displayName: text.describe('display name'),
  status: activity.describe('whether the team may act'),
  externalRef: text.nullable().describe('what another system calls it'),
  labels: labels.describe('labels'),
};

const quotas = {
  maxWorkflowCount: limit.describe('workflows'),
  maxWorkflowRunMonthly: limit.describe('runs in a month'),
  maxWorkflowStorage: limit.describe('GiB of workflows'),
  maxWorkflowRunStorage: limit.describe('GiB of runs'),
  maxWorkflowRunDuration: limit.describe('minutes of a run'),
  maxConcurrentRuns: limit.describe('runs that have not completed'),
};
const someQuotas = named(
  'Quotas',
  schemaOf<Partial<Quotas>>()(
    z.strictObject({
      maxWorkflowCount: quotas.maxWorkflowCount.exactOptional(),
      maxWorkflowRunMonthly: quotas.maxWorkflowRunMonthly.exactOptional(),
      maxWorkflowStorage: quotas.maxWorkflowStorage.exactOptional(),
      maxWorkflowRunStorage: quotas.maxWorkflowRunStorage.exactOptional(),
      maxWorkflowRunDuration: quotas.maxWorkflowRunDuration.exactOptional(),
      maxConcurrentRuns: quotas.maxConcurrentRuns.exactOptional(),
    }),
  ),
);

const member = named(
  'TeamMember',
  schemaOf<TeamMember>()(
    z.strictObject({
      id: text.describe("the principal of the person's tokens"),
      email: text.nullable().describe('e-mail address'),
      name: text.nullable().describe('name'),
      role: z.enum(teamRoles).describe('role'),
    }),
  ),
);

const approverGroup = named(
  'ApproverGroup',
  schemaOf<ApproverGroup>()(
    z.strictObject({
      id: text.describe('id of the group'),
      name: text.describe('name'),
      creationDate: created,
      approvers: z.array(text).describe('ids or e-mail addresses of people'),
    }),
  ),
);

const parameter = named(
  'Parameter',
  schemaOf<Parameter>()(
    z.looseObject({
      name: text.describe('name'),
      type: text.describe('type; `password` = secret, its value is sealed'),
    }),
  ),
  'Other fields are those of the declaration, such as `value`, `label` and `options`.',
);

const days = z.int().describe('days').exactOptional();

const changes = named(
  'TeamChanges',
  schemaOf<TeamChanges>()(
    z.strictObject({
      name: profile.name.exactOptional(),
      displayName: profile.displayName.exactOptional(),
      status: profile.status.exactOptional(),
      externalRef: text.describe('what another system calls it').exactOptional(),
      labels: profile.labels.exactOptional(),
      quotas: someQuotas.describe('limits; 0 = none').exactOptional(),
      members: z.array(member).describe('members that it adds or replaces').exactOptional(),
      approverGroups: z.array(approverGroup).describe('groups that it adds or replaces').exactOptional(),
      parameters: z.array(parameter).describe('params that it adds or replaces').exactOptional(),
      requiredReasons: z
        .array(z.enum(teamOperations))
        .describe('operations that need a reason from now on, in place of those before')
        .exactOptional(),
      retention: schemaOf<TeamRetentionDays>()(
        z.strictObject({
          succeeded: days,
          failed: days,
          invalid: days,
          skipped: days,
          cancelled: days,
          timedout: days,
        }),
      )
        .describe(
          'days after which finished runs are archived, by their status, in place of what was said before; 0 = never',
        )
        .exactOptional(),
    }),
  ),
);

const removals = named(
  'TeamRemovals',
  schemaOf<TeamRemovals>()(
    z.strictObject({
      members: z.array(text).describe('ids or e-mail addresses of members').exactOptional(),
      approverGroups: z.array(text).describe('ids or names of groups').exactOptional(),
      quotas: z.literal(true).describe('all limits, back to the defaults').exactOptional(),
    }),
  ),
);

/** The events of a team. */
export const teamEventSchemas = eventSchemas<TeamEvent>()({
  TeamCreated: {
    summary: 'The team exists.',
    data: z.strictObject({ id: text.describe('id of the team'), ...profile, creationDate: created }),
  },
  TeamUpdated: {
    summary: 'The team is changed; what the event does not name stays.',
    data: z.strictObject({ at, changes: changes.describe('what is new') }),
  },
  TeamReduced: {
    summary: 'Members, groups or limits are removed.',
    data: z.strictObject({ at, removals: removals.describe('what is gone') }),
  },
  TeamParameterRemoved: {
    summary: 'A param of the team is removed.',
    data: z.strictObject({ at, name: text.describe('name of the param') }),
  },
});

/** The events of an access token. */
export const tokenEventSchemas = eventSchemas<TokenEvent>()({
  TokenCreated: {
    summary: 'The token exists. The token itself is not stored.',
    data: z.strictObject({
      id: text.describe('id of the token'),
      type: z.enum(tokenTypes).describe('what it is for'),
      principal: text.nullable().describe('id of the team or workflow, or name of the user; null for a global token'),
      teamId: text.nullable().describe("id of the team of a team's or workflow's token"),
      sha256: text.describe('SHA-256 of the token'),
      name: text.nullable().describe('name'),
      description: text.nullable().describe('what it is for, in words'),
      permissions: z.array(text).describe('permissions, each `resource/action`'),
      creationDate: created,
      expirationDate: milliseconds.nullable().describe('when it ends, in milliseconds since the epoch; null = never'),
    }),
  },
  TokenRevoked: { summary: 'The token is no longer valid.', data: z.strictObject({ at }) },
});

/** The events of the params of the installation. */
export const globalParametersEventSchemas = eventSchemas<GlobalParametersEvent>()({
  GlobalParameterSet: {
    summary: 'A param is added or changed.',
    data: z.strictObject({ at, parameter: parameter.describe('the param') }),
  },
  GlobalParameterRemoved: {
    summary: 'A param is removed.',
    data: z.strictObject({ at, name: text.describe('name of the param') }),
  },
});
