import { globalParametersEventSchemas, teamEventSchemas, tokenEventSchemas } from '#libs/access';
import { archiveEventSchemas } from '#libs/archive';
import { attemptsEventSchemas } from '#libs/audit';
import { bulkEventSchemas } from '#libs/bulk';
import { catalogueTaskEventSchemas } from '#libs/catalogue';
import { erasureEventSchemas } from '#libs/erasure';
import { EventCatalogue } from '#libs/events';
import { lockEventSchemas } from '#libs/locks';
import { runEventSchemas } from '#libs/runs';
import { savedViewEventSchemas } from '#libs/saved-views';
import { scheduleEventSchemas } from '#libs/triggers';
import { workflowEventSchemas } from '#libs/workflows';

/** Every event of every context. */
export const eventCatalogue = new EventCatalogue([
  {
    title: 'A run',
    summary: 'A run is a stream; its tasks are part of it. `status/phase` stands behind what an event leads to.',
    events: runEventSchemas,
  },
  { title: 'A workflow', summary: 'A workflow is a stream, with all its revisions.', events: workflowEventSchemas },
  {
    title: 'A task of the catalogue',
    summary: 'A task of the catalogue is a stream, with all its revisions.',
    events: catalogueTaskEventSchemas,
  },
  { title: 'A schedule', summary: 'A schedule is a stream.', events: scheduleEventSchemas },
  {
    title: 'A lock',
    summary: 'A lock of a team is a stream. A claim is one try of one task of a run.',
    events: lockEventSchemas,
  },
  {
    title: 'A team',
    summary: 'A team is a stream, with its members, groups, limits and params.',
    events: teamEventSchemas,
  },
  { title: 'A token', summary: 'An access token is a stream.', events: tokenEventSchemas },
  {
    title: 'The params of the installation',
    summary: 'They are one stream.',
    events: globalParametersEventSchemas,
  },
  {
    title: 'Refused attempts, and the trail itself',
    summary: 'They are a stream of each team, and one of what belongs to no team.',
    events: attemptsEventSchemas,
  },
  {
    title: 'An archive',
    summary: 'Each archive of finished runs is a stream of one event.',
    events: archiveEventSchemas,
  },
  {
    title: 'An erasure',
    summary: 'Each erasure of what was recorded of a person is a stream of one event.',
    events: erasureEventSchemas,
  },
  {
    title: 'A bulk job',
    summary: 'One action on many runs is a stream. What it does to a run is in the stream of that run.',
    events: bulkEventSchemas,
  },
  {
    title: 'Saved views',
    summary: 'The saved views of a person in a team are one stream, and so are those of the team.',
    events: savedViewEventSchemas,
  },
]);
