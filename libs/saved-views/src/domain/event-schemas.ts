import { at, eventSchemas, json } from '#libs/events';
import { z } from 'zod';
import type { SavedViewEvent } from './saved-views';

const text = z.string();
const view = {
  at,
  id: text.describe('id of the view'),
  name: text.describe('name'),
  filters: json.describe('filters of the search for runs'),
  period: text.nullable().describe('runs of the latest time only: 1h, 24h, 7d or 30d; null: whatever the filters say'),
};

/** The events of the saved views of one owner. */
export const savedViewEventSchemas = eventSchemas<SavedViewEvent>()({
  SavedViewCreated: {
    summary: 'The owner has one view more.',
    data: z.strictObject({
      ...view,
      teamId: text.describe('id of the team'),
      person: text.nullable().describe('whose view it is; null: the team’s'),
    }),
  },
  SavedViewUpdated: { summary: 'The view is another.', data: z.strictObject(view) },
  SavedViewDeleted: { summary: 'The view is gone.', data: z.strictObject({ at, id: view.id }) },
});
