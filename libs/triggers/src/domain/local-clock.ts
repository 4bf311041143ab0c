/** A change of a zone's clocks: at `at`, their offset changes from `before` to `after` (milliseconds ahead of UTC). */
export interface ClockChange {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/** No zone has changed its clocks by more than a day, or twice within two days. */
const window = 25 * 3_600_000;

/** The most formats in the cache; there are names for some 600 zones. */
const maxFormats = 64;

const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * The clocks of a time zone. A local time ("local") is the milliseconds since the epoch at which a clock in UTC shows
 * the same. A local time that does not exist moves forward by the change of clocks; one that exists twice means the
 * first.
 */
export class LocalClock {
  private readonly format: Intl.DateTimeFormat;
  /** The last change found: dates around it need it again. */
  private known: ClockChange | null = null;

  /** @param zone a valid name from the IANA database. */
  constructor(zone: string) {
    this.format = formatOf(zone);
  }

  local(instant: number): number {
    return instant + this.offsetAt(instant);
  }

  instant(local: number): number {
    const change = this.changeWithin(local - window, local + window);
    if (!change) return local - this.offsetAt(local);
    // The old offset applies until the change, and also to a time that the change skips.
    const isPassed = local - change.before >= change.at && local - change.after >= change.at;
    return local - (isPassed ? change.after : change.before);
  }

  /** The change of clocks after `from` and not after `to`, at most some two days apart; null if there is none. */
  changeWithin(from: number, to: number): ClockChange | null {
    const before = this.offsetAt(from);
    const after = this.offsetAt(to);
    if (before === after) return null;
    const { known } = this;
    if (known && known.at > from && known.at <= to && known.before === before && known.after === after) return known;
    let low = Math.floor(from / 1000);
    let high = Math.ceil(to / 1000);
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.offsetAt(middle * 1000) === before) low = middle;
      else high = middle;
    }
    this.known = { at: high * 1000, before, after };
    return this.known;
  }

  private offsetAt(time: number): number {
    const parts = this.format.formatToParts(time);
    const part = (type: string) => Number(parts.find((each) => each.type === type)?.value ?? 0);
    const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    return shown - Math.floor(time / 1000) * 1000;
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const [oldest] = formats.keys();
  if (formats.size >= maxFormats && oldest !== undefined) formats.delete(oldest);
  formats.set(timeZone, format);
  return format;
}
