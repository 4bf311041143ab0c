import type { SignedCheckpoint } from './log-signer';

/** A place outside the database that gets what was signed. */
export interface LogSink {
  /** Its name in `tree_work`. */
  readonly name: string;
  /**
   * Takes the checkpoint, and what it does not have of the tree before it. `done`: the size that it had last. Answers
   * the lines of a cosignature, if it gives any.
   * @throws LogAlarm if what it has does not fit; any other error to be tried again.
   */
  take(checkpoint: SignedCheckpoint, done: number): Promise<readonly string[]>;
}
