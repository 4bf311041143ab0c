import type { RecordedEvent } from '#libs/ledger';
import { mask, maskAll } from '#libs/secrets';

/** The fields of a declared or given param that hold its value. */
const valueFields: ReadonlySet<string> = new Set(['value', 'default']);

/** Stored data as answers show them: sealed texts and the values of passwords are masked. */
export function shownData<Value>(data: Value): Value {
  return withoutPasswords(maskAll(data)) as Value;
}

function withoutPasswords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPasswords);
  if (value === null || typeof value !== 'object') return value;
  const isPassword = (value as { readonly type?: unknown }).type === 'password';
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const isSecret = isPassword && valueFields.has(name) && member !== null && member !== '';
      return [name, isSecret ? mask : withoutPasswords(member)];
    }),
  );
}

/** An event as the commands print it. The hash of a token stays in the ledger. */
export function shownEvent(event: RecordedEvent) {
  const data = shownData(event.data);
  return {
    position: event.position,
    streamId: event.streamId,
    streamVersion: event.streamVersion,
    type: event.type,
    schemaVersion: event.schemaVersion,
    recordedAt: timeOf(event),
    data: event.type === 'TokenCreated' ? { ...(data as object), sha256: mask } : data,
    metadata: event.metadata,
    hash: event.hash.toString('hex'),
  };
}

/** ISO 8601, with microseconds. */
export function timeOf({ recordedAt }: Pick<RecordedEvent, 'recordedAt'>): string {
  const whole = new Date(Number(recordedAt / 1000n)).toISOString().slice(0, -1);
  return `${whole}${String(recordedAt % 1000n).padStart(3, '0')}Z`;
}
