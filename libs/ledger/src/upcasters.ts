/** Brings the data of an event from one schema version to the next. Old events are never rewritten. */
export type Upcast = (data: unknown) => unknown;

/** Which upcast applies to which event type and version. */
export class Upcasters {
  private readonly steps = new Map<string, Upcast>();

  /** Registers the step from `fromVersion` to `fromVersion + 1`. */
  register(type: string, fromVersion: number, upcast: Upcast): this {
    const key = `${type}/${fromVersion}`;
    if (this.steps.has(key)) throw new Error(`There is an upcaster of ${key} already`);
    this.steps.set(key, upcast);
    return this;
  }

  /** The version that new events of the type are written in. */
  newest(type: string): number {
    let version = 1;
    while (this.steps.has(`${type}/${version}`)) version++;
    return version;
  }

  /** The event in its newest version. */
  apply<Event extends { readonly type: string; readonly schemaVersion: number; readonly data: unknown }>(
    event: Event,
  ): Event {
    let { schemaVersion, data } = event;
    for (let step = this.steps.get(`${event.type}/${schemaVersion}`); step;) {
      data = step(data);
      schemaVersion += 1;
      step = this.steps.get(`${event.type}/${schemaVersion}`);
    }
    return schemaVersion === event.schemaVersion ? event : { ...event, schemaVersion, data };
  }
}
