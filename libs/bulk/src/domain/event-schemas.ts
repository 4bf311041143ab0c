import { at, eventSchemas, json, milliseconds, named, schemaOf } from '#libs/events';
import { bulkActions, bulkStatuses, faults, type FaultReason, runOutcomes } from '#libs/kernel';
import { z } from 'zod';
import type { BulkEvent, Outcome } from './bulk';

const text = z.string();
const reasons = Object.keys(faults) as [FaultReason, ...FaultReason[]];

const outcome = named(
  'BulkOutcome',
  schemaOf<Outcome>()(
    z.strictObject({
      outcome: z.enum(runOutcomes).describe('what came of the run'),
      reason: z.enum(reasons).exactOptional().describe('why it was refused: the name of the error'),
      message: text.exactOptional().describe('why it was refused, in words'),
      retryId: text.exactOptional().describe('id of the run that the retry has made'),
    }),
  ),
);

/** The events of a bulk job. */
export const bulkEventSchemas = eventSchemas<BulkEvent>()({
  BulkCreated: {
    summary: 'The job exists.',
    data: z.strictObject({
      at,
      teamId: text.describe('id of the team'),
      workflowId: text.nullable().describe('id of the only workflow that its maker reaches; null: every workflow'),
      action: z.enum(bulkActions).describe('what it does to each run'),
      from: text.nullable().describe('where a retry begins: failed, or the name of a task; null: at the start'),
      filters: json.describe('by which its runs were chosen; null: they were named'),
      position: z.int().describe('of the ledger, at which its runs were chosen'),
      reason: text.nullable().describe('why'),
      by: text.describe('who made it, as `actor` of metadata'),
      tokenId: text.describe('id of the token that it was made with'),
    }),
  },
  BulkRunsChosen: {
    summary: 'The job acts on these runs too, up to 1000 in one event.',
    data: z.strictObject({ at, runs: z.array(text).describe('ids, in the order in which they are worked through') }),
  },
  BulkProgressed: {
    summary: 'The next runs, in their order, have their outcome.',
    data: z.strictObject({
      at,
      outcomes: z.array(outcome).describe('one for each run'),
      due: milliseconds.describe('when the next ones are due, in milliseconds since the epoch'),
    }),
  },
  BulkEnded: {
    summary: 'The job does nothing more.',
    data: z.strictObject({
      at,
      status: z.enum(bulkStatuses).exclude(['running']).describe('how it ended'),
      message: text.nullable().describe('why it was stopped'),
    }),
  },
  BulkForgotten: {
    summary: 'The job is old: lists no longer show it.',
    data: z.strictObject({ at }),
  },
});
