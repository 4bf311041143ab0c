import { at, eventSchemas } from '#libs/events';
import { z } from 'zod';
import type { LockEvent } from './lock';

const text = z.string();
const claim = {
  runId: text.describe('id of the run'),
  taskId: text.describe('id of its task'),
  tries: z.int().describe('tries of the task that had failed before this one'),
};
const named = {
  lockId: text.describe('id of the lock'),
  teamId: text.describe('id of the team'),
  key: text.describe('key of the lock'),
};

/** The events of a lock. */
export const lockEventSchemas = eventSchemas<LockEvent>()({
  LockQueued: {
    summary: 'The lock is held: the claim waits at the end of the queue.',
    data: z.strictObject({ at, ...claim, ...named }),
  },
  LockGranted: { summary: 'The claim holds the lock.', data: z.strictObject({ at, ...claim, ...named }) },
  LockLeft: {
    summary: 'The claim is given up, whether it held the lock or waited for it.',
    data: z.strictObject({ at, ...claim }),
  },
});
