import type { DomainEvent } from '#libs/kernel';
import { z } from 'zod';
import type { EventSchema, EventSchemas } from './event-schema';
import { eventMetadata } from './metadata';

/** An event as it was read. */
export interface StoredEvent extends DomainEvent {
  readonly schemaVersion: number;
  readonly metadata: unknown;
}

/** A kind of stream, with the schemas of its events. */
export interface StreamSchemas {
  /** What has such a stream: a run, a lock. */
  readonly title: string;
  /** One sentence about the stream. */
  readonly summary: string;
  readonly events: EventSchemas;
}

/** Every type of event that the ledger can hold. */
export class EventCatalogue {
  private readonly byType = new Map<string, EventSchema>();

  constructor(readonly streams: readonly StreamSchemas[]) {
    for (const { events } of streams) {
      for (const [type, schema] of Object.entries(events)) {
        if (this.byType.has(type)) throw new Error(`Two streams have an event ${type}`);
        this.byType.set(type, schema);
      }
    }
  }

  get types(): readonly string[] {
    return [...this.byType.keys()];
  }

  /** The version in which new events of the type are written. */
  newest(type: string): number {
    return (this.schemaOf(type).earlier?.length ?? 0) + 1;
  }

  /** Why a stored event does not fit the schema of its version, or its metadata theirs: one sentence; null if it fits. */
  problemOfStored({ type, schemaVersion, data, metadata }: StoredEvent): string | null {
    const schema = this.byType.get(type);
    if (!schema) return `${type} is not in the catalogue of events.`;
    const versions = [...(schema.earlier ?? []), schema.stored ?? schema.data];
    const version = versions[schemaVersion - 1];
    if (!version) return `${type} has no version ${schemaVersion}: the newest is ${versions.length}.`;
    const name = `${type} (version ${schemaVersion})`;
    return problemOf(version, data, name, 'data') ?? problemOf(eventMetadata, metadata, name, 'metadata');
  }

  /** The same for an event of today, as `evolve` takes it: after upcasting. */
  problemOf({ type, data }: DomainEvent): string | null {
    const schema = this.byType.get(type);
    return schema ? problemOf(schema.data, data, type, 'data') : `${type} is not in the catalogue of events.`;
  }

  private schemaOf(type: string): EventSchema {
    const schema = this.byType.get(type);
    if (!schema) throw new Error(`${type} is not in the catalogue of events`);
    return schema;
  }
}

/** Zod's own words, whatever words the process has chosen for what its users send. */
const words = { error: z.locales.en().localeError };

function problemOf(schema: z.ZodType, value: unknown, name: string, part: 'data' | 'metadata'): string | null {
  const { error } = schema.safeParse(value, words);
  if (!error) return null;
  const [first] = error.issues;
  const place = [part, ...(first?.path ?? [])].map(String).join('.');
  return `${name} does not fit its schema at ${place}: ${first?.message ?? ''}.`;
}
