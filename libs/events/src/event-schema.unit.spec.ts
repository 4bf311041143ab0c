import type { Json } from '#libs/kernel';
import { z } from 'zod';
import { EventCatalogue, eventDocument, eventSchemas, json, type SameShape, schemaOf } from '.';

/** The compiler checks this table; it would not take another word for any of them. */
const shapes: {
  readonly absent: SameShape<{ a: 1; b?: 2 }, { a: 1 }>;
  readonly optional: SameShape<{ a?: 1 }, { a: 1 }>;
  readonly nullable: SameShape<{ a: string | null }, { a: string }>;
  readonly fewerWords: SameShape<{ a: 'x' | 'y' }, { a: 'x' }>;
  readonly deep: SameShape<{ a: { b: number }[] }, { a: readonly { b: number; c?: 1 }[] }>;
  readonly narrower: SameShape<{ a: Json }, { a: string }>;
  readonly readonly: SameShape<{ a: 1; b?: number[] }, { readonly a: 1; readonly b?: readonly number[] }>;
  readonly parts: SameShape<{ a: 1 } & { b: 2 }, { b: 2; a: 1 }>;
  readonly unions: SameShape<{ k: 'a'; x: 1 } | { k: 'b' }, { k: 'b' } | { x: 1; k: 'a' }>;
  readonly anything: SameShape<{ a: Json }, { a: unknown }>;
} = {
  ...{ absent: false, optional: false, nullable: false, fewerWords: false, deep: false, narrower: false },
  ...{ readonly: true, parts: true, unions: true, anything: true },
};

type Counted =
  | { readonly type: 'Counted'; readonly data: { readonly by: number; readonly unit?: string } }
  | { readonly type: 'Cleared'; readonly data: { readonly note: Json } };

const by = z.number().describe('how much');
const schemas = eventSchemas<Counted>()({
  Counted: {
    summary: 'It has grown.',
    earlier: [z.strictObject({ amount: z.number().describe('how much') })],
    data: z.strictObject({ by, unit: z.string().describe('of what').exactOptional() }),
  },
  Cleared: { summary: 'It is gone.', data: z.strictObject({ note: json.describe('why') }) },
});

const catalogue = new EventCatalogue([{ title: 'A counter', summary: 'A counter is a stream.', events: schemas }]);
const metadata = { commandId: 'c', actor: 'spec', action: 'Do' };

describe('the schemas of events', () => {
  it('say the same as the types, or do not compile', () => {
    expect(Object.values(shapes).filter(Boolean)).toHaveLength(4);
    // @ts-expect-error -- `by` is no text
    schemaOf<{ by: number }>()(z.strictObject({ by: z.string() }));
    // @ts-expect-error -- there is no schema for Cleared
    eventSchemas<Counted>()({ Counted: schemas.Counted });
  });

  it.each([
    [{ type: 'Counted', schemaVersion: 2, data: { by: 1 } }, null],
    [{ type: 'Counted', schemaVersion: 2, data: { by: 1, unit: 'one' } }, null],
    [{ type: 'Counted', schemaVersion: 1, data: { amount: 1 } }, null],
    [
      { type: 'Counted', schemaVersion: 1, data: { by: 1 } },
      /Counted \(version 1\) does not fit its schema at data\.amount/,
    ],
    [{ type: 'Counted', schemaVersion: 2, data: { by: 1, of: 'x' } }, /at data: Unrecognized key: "of"/],
    [{ type: 'Counted', schemaVersion: 2, data: { by: '1' } }, /at data\.by/],
    [{ type: 'Counted', schemaVersion: 3, data: { by: 1 } }, /no version 3: the newest is 2/],
    [{ type: 'Cleared', schemaVersion: 1, data: { note: null } }, null],
    [{ type: 'Cleared', schemaVersion: 1, data: {} }, /at data\.note/],
    [{ type: 'Lost', schemaVersion: 1, data: {} }, /Lost is not in the catalogue/],
  ])('%j fits as it should', (event, problem) => {
    const found = catalogue.problemOfStored({ ...event, metadata });
    if (problem === null) expect(found).toBeNull();
    else expect(found).toMatch(problem);
  });

  it('know the metadata too', () => {
    const event = { type: 'Cleared', schemaVersion: 1, data: { note: 1 } };
    expect(catalogue.problemOfStored({ ...event, metadata: { ...metadata, mood: 'good' } })).toMatch(
      /at metadata.*mood/,
    );
    expect(catalogue.problemOfStored({ ...event, metadata: { actor: 'spec' } })).toMatch(/at metadata\.commandId/);
  });

  it('become a document', () => {
    expect(catalogue.newest('Counted')).toBe(2);
    const document = eventDocument(catalogue);
    expect(document).toContain('It has grown. Version 2.');
    expect(document).toContain('| `unit` | text, optional | of what |');
    expect(document).toContain('Version 1 had `amount` in place of `by`, `unit`. `amount`: how much.');
    expect(document).toContain('| `note` | any JSON | why |');
  });

  it('belong to one stream', () => {
    const stream = { title: 'A counter', summary: '', events: schemas };
    expect(() => new EventCatalogue([stream, stream])).toThrow('Two streams have an event Counted');
  });
});
