import type { RecordedEvent } from '#libs/ledger';
import { InvalidArgumentError } from 'commander';

/** Whether an event is up to a moment of a run's history, inclusive. */
export type Until = (event: Pick<RecordedEvent, 'position' | 'streamVersion' | 'recordedAt'>) => boolean;

/** A position (`1042`), a version of the run (`v7`), or a time (ISO 8601 with an offset). */
export function parseUntil(text: string): Until {
  const [, version] = /^v(\d{1,9})$/.exec(text) ?? [];
  if (version !== undefined) return ({ streamVersion }) => streamVersion <= Number(version);
  if (/^\d{1,15}$/.test(text)) return ({ position }) => position <= Number(text);
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time)) {
    throw new InvalidArgumentError(
      'It must be a position (1042), a version of the run (v7), or a time with an offset (2026-11-25T10:05:00Z).',
    );
  }
  // A time without microseconds means the whole millisecond.
  return ({ recordedAt }) => recordedAt < (BigInt(time) + 1n) * 1000n;
}
