import { RefusedError } from '#libs/kernel';

/** One of the streams that a submit was made from has moved on. */
export class SourcesMoved extends RefusedError {
  constructor() {
    super('SERVICE_UNAVAILABLE', 'What the run is made of was changed meanwhile. Try again shortly.');
  }
}
