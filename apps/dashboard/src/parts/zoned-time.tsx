import { Time } from './time';

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat(undefined, {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
    timeZoneName: 'short',
  });
  formats.set(zone, made);
  return made;
}

/** A moment as the clocks of a zone show it. */
export function timeInZone(at: string, zone: string): string {
  try {
    return formatOf(zone).format(Date.parse(at));
  } catch {
    return `${at.slice(0, 16).replace('T', ' ')} UTC`;
  }
}

/** A moment in the viewer's zone, and below it in another one, if that differs. */
export function ZonedTime({ at, zone }: { readonly at: string; readonly zone: string }) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <span className="zoned">
      <Time at={at} />
      {zone !== own && <span className="soft small">{timeInZone(at, zone)}</span>}
    </span>
  );
}
