import type { DomainEvent, Json } from '#libs/kernel';
import type { z } from 'zod';

/** What the catalogue says of one type of event. Objects are strict: an unknown field does not fit. */
export interface EventSchema {
  /** What has happened: one sentence. */
  readonly summary: string;
  /** The data, as `evolve` takes them. */
  readonly data: z.ZodType;
  /** The data in the version that is written today, if they are stored in another form. */
  readonly stored?: z.ZodType;
  /** The data as earlier versions were stored, from version 1 on. */
  readonly earlier?: readonly z.ZodType[];
}

export type EventSchemas = Readonly<Record<string, EventSchema>>;

/** A type without `readonly` and without the names of its parts, so that only its shape is left; anything goes is `json`. */
type Shape<Type> = [Json] extends [Type] ? 'json' : ShapeOfEach<Type>;
type ShapeOfEach<Type> = Type extends readonly (infer Item)[]
  ? readonly Shape<Item>[]
  : Type extends object
    ? { -readonly [Field in keyof Type]: Shape<Type[Field]> }
    : Type;

/** Whether two types have the same fields, each of the same type, and optional in both or in none. */
export type SameShape<One, Other> =
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the only way to ask whether two types are the same
  (<Each>() => Each extends Shape<One> ? 1 : 2) extends <Each>() => Each extends Shape<Other> ? 1 : 2 ? true : false;

type Agreement<One, Other> =
  SameShape<One, Other> extends true ? unknown : 'The schema and the type say different things';

type DataOf<Event extends DomainEvent, Type> = Extract<Event, { readonly type: Type }>['data'];

type Checked<Event extends DomainEvent, Schemas> = {
  readonly [Type in keyof Schemas]: Schemas[Type] extends { readonly data: infer Data extends z.ZodType }
    ? { readonly data: Agreement<z.output<Data>, DataOf<Event, Type>> }
    : never;
};

/**
 * The schemas of a context's events. It compiles only if each event of the union has one, and schema and type say the
 * same: `eventSchemas<LockEvent>()({ … })`.
 */
export const eventSchemas =
  <Event extends DomainEvent>() =>
  <Schemas extends { readonly [Type in Event['type']]: EventSchema }>(schemas: Schemas & Checked<Event, Schemas>) =>
    schemas as EventSchemas;

/** A schema that compiles only if it says the same as the type: `schemaOf<HeldLock>()(z.strictObject({ … }))`. */
export const schemaOf =
  <Type>() =>
  <Schema extends z.ZodType>(schema: Schema & Agreement<z.output<Schema>, Type>): Schema =>
    schema;
