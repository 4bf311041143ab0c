/** A change of a zone's clocks: at `at` they go from `before` to `after` (milliseconds ahead of UTC). */
export interface ClockChange {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/** No zone has set its clocks by more than a day; none has done so twice within two days. */
const window = 25 * 3_600_000;

/** Formats that are kept: some 600 zones have names. */
const maxFormats = 64;

const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * The clocks of a time zone. What they show is told as milliseconds since the epoch of a clock in UTC that shows the same ("local").
 * A local time that does not exist is moved forward by what the clocks were set forward; one that exists twice means the first.
 */
export class LocalClock {
  private readonly format: Intl.DateTimeFormat;
  /** The last one that was found: the dates about it ask for it again. */
  private known: ClockChange | null = null;

  /** @param zone a name of the IANA database that is known to be one. */
  constructor(zone: string) {
    this.format = formatOf(zone);
  }

  local(instant: number): number {
    return instant + this.offsetAt(instant);
  }

  instant(local: number): number {
    const change = this.changeWithin(local - window, local + window);
    if (!change) return local - this.offsetAt(local);
    // By the old clock if that had not been changed yet; a time that the change leaves out is counted on by the old clock, too.
    const isPassed = local - change.before >= change.at && local - change.after >= change.at;
    return local - (isPassed ? change.after : change.before);
  }

  /** The change of clocks after `from` and not after `to`, which lie at most some two days apart; null where there is none. */
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
