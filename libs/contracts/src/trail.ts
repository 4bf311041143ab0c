import { z } from 'zod';
import type { Reach } from './reach';

/** The last checkpoint of a log that another one continues. `checkpoint`: the signed note. */
export interface FormerLog {
  readonly origin: string;
  readonly size: number;
  readonly checkpoint: string;
}

/** Command over the bus: the trail goes on under another origin. Recorded once for each change. */
export class RecordNewOrigin {
  constructor(
    readonly reach: Reach,
    readonly former: FormerLog,
    readonly origin: string,
    readonly reason?: string,
  ) {}
}

/** How far one part of the trail is: the builder, the signer, or a place that gets what was signed. */
export const trailPartSchema = z
  .object({ name: z.string(), size: z.int(), alarm: z.string().nullable() })
  .meta({ id: 'TrailPart' });

/** The transparency log. `size`: events in its tree. `signed`: null while nothing is signed. */
export const trailSchema = z
  .object({
    size: z.int(),
    signed: z.object({ origin: z.string(), key: z.string(), size: z.int() }).nullable(),
    parts: z.array(trailPartSchema),
  })
  .meta({ id: 'Trail' });
export type TrailBody = z.infer<typeof trailSchema>;

/**
 * An event with what its digest covers: `salt` (base64), `data` and `metadata` exactly as they were hashed. If the event holds sealed values,
 * the proof has its `digest` (base64) instead, and `withheld` says so. `recordedAt`: microseconds since the epoch. `hash`: the chain's, in base64.
 * `proof`: places in the list of hashes.
 */
export const provenEventSchema = z
  .object({
    position: z.int(),
    recordedAt: z.string(),
    streamVersion: z.int(),
    type: z.string(),
    schemaVersion: z.int(),
    salt: z.string().optional(),
    data: z.string().optional(),
    metadata: z.string().optional(),
    digest: z.string().optional(),
    withheld: z.string().optional(),
    hash: z.string(),
    proof: z.array(z.int()),
  })
  .meta({ id: 'ProvenEvent' });
export type ProvenEvent = z.infer<typeof provenEventSchema>;

/**
 * The events of a run, and what proves that they are in the tree of a checkpoint. `checkpoint`: the signed note. `hashes`: in base64, shared
 * by the proofs. `plan`: the text of the tasks that the run was made of, which its first event names by its SHA-256; absent if it holds sealed
 * values. `later`: events of the run that the checkpoint does not hold yet.
 */
export const workflowRunProofSchema = z
  .object({
    format: z.literal('runledger.run-proof/1'),
    run: z.string(),
    origin: z.string(),
    key: z.string(),
    checkpoint: z.string(),
    hashes: z.array(z.string()),
    events: z.array(provenEventSchema),
    plan: z.string().optional(),
    later: z.int(),
  })
  .meta({ id: 'WorkflowRunProof' });
export type WorkflowRunProof = z.infer<typeof workflowRunProofSchema>;
