import { at, eventSchemas } from '#libs/events';
import { z } from 'zod';
import type { RunsArchived } from './archive';

const text = z.string();

/** The event of an archive. */
export const archiveEventSchemas = eventSchemas<RunsArchived>()({
  RunsArchived: {
    summary: 'Finished runs of a team lie in a file, and leave the database.',
    data: z.strictObject({
      at,
      teamId: text.describe('id of the team'),
      name: text.describe('name of the file'),
      bytes: z.int().describe('bytes of the file'),
      sha256: text.describe('SHA-256 of the file, hexadecimal'),
      firstPosition: z.int().describe('position of the first event in it'),
      lastPosition: z.int().describe('position of the last event in it'),
      runs: z.int().describe('number of runs'),
      events: z.int().describe('number of events'),
      positionsSha256: text.describe('SHA-256 of the list of positions that the file begins with, hexadecimal'),
    }),
  },
});
