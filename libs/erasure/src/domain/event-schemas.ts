import { at, eventSchemas } from '#libs/events';
import { z } from 'zod';
import type { PersonalDataErased } from './erasure';

const text = z.string();

/** The event of an erasure. */
export const erasureEventSchemas = eventSchemas<PersonalDataErased>()({
  PersonalDataErased: {
    summary: 'The keys of a person’s values are thrown away: nobody can read these values any more.',
    data: z.strictObject({
      at,
      teamId: text.nullable().describe('id of the team whose record of the person is erased; null: every record'),
      teamIds: z.array(text).describe('ids of the teams in which something was recorded'),
      subject: text.describe('whose values: `user:<id>`, `token:<id>`, `anonymous`'),
      by: text.describe('who asked for it, as `actor` of metadata'),
      reason: text.describe('why'),
      keys: z.array(text).describe('ids of the keys, as sealed values name them'),
    }),
  },
});
