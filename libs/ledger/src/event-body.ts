import { toTimestamp } from '#libs/kernel';
import type { RecordedEvent } from './types';

/** How the event is shown. */
export interface ShownEvent<Data> {
  readonly names: ReadonlyMap<string, string>;
  readonly data: Data;
  /** Masks secrets in what the sender wrote. */
  readonly mask: (text: string) => string;
}

/** An event as answers show it: who made it, when, and why. */
export function toEventBody<Data>(event: RecordedEvent, { names, data, mask }: ShownEvent<Data>) {
  const { action, tokenId, requestId, clientAddress, userAgent, traceparent, server, commandId, causationId } =
    event.metadata;
  return {
    position: event.position,
    version: event.streamVersion,
    type: event.type,
    time: timeOfEvent(event),
    action,
    ...toAuthorBody(event, { names, mask }),
    ...(tokenId !== undefined && { tokenId }),
    ...(requestId !== undefined && { requestId }),
    ...(clientAddress !== undefined && { address: clientAddress }),
    ...(userAgent !== undefined && { userAgent }),
    ...(traceparent !== undefined && { traceparent }),
    ...(server !== undefined && { server }),
    commandId,
    ...(causationId !== undefined && { causationId }),
    data,
  };
}

/** Who made it, and why. */
export function toAuthorBody({ metadata }: RecordedEvent, { names, mask }: Pick<ShownEvent<never>, 'names' | 'mask'>) {
  const { actor, reason } = metadata;
  const name = names.get(actor);
  return {
    actor: { id: actor, ...(name !== undefined && { name }) },
    ...(reason !== undefined && { reason: mask(reason) }),
  };
}

/** When the ledger recorded it, to the millisecond. */
export function timeOfEvent({ recordedAt }: RecordedEvent): string {
  return toTimestamp(Number(recordedAt / 1000n));
}
