import { RefusedError } from '#libs/kernel';

export function wrong(why: string): RefusedError {
  return new RefusedError('SCHEDULE_INVALID_DEFINITION', `Invalid Schedule: ${why}`);
}
