import fc from 'fast-check';
import { mapSpecText, readSpecText, type SpecPiece, writeSpecText } from '.';

const part = fc.constantFrom('$', '$$', '(results.', 'out', '.path)', '$(results.out.path)', '(', ')', '.', ' ', 'é');
const text = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
const path = fc.constantFrom('out', 'a b', 'x$').map((result) => ({ result }));
const pieces = fc.array(fc.oneof<fc.Arbitrary<SpecPiece>[]>(text, path), { maxLength: 6 });

/** Joins adjacent texts. */
function joined(given: readonly SpecPiece[]): SpecPiece[] {
  return given.reduce<SpecPiece[]>((all, piece) => {
    const last = all.at(-1);
    if (piece === '') return all;
    return typeof piece === 'string' && typeof last === 'string' ? all.with(-1, last + piece) : [...all, piece];
  }, []);
}

describe('what is left to the agent', () => {
  it('is told apart from text that only looks like it', () => {
    fc.assert(
      fc.property(pieces, (given) => {
        expect(readSpecText(writeSpecText(given))).toEqual(joined(given));
      }),
      { numRuns: 5000 },
    );
  });

  it('stays where the text around it changes', () => {
    fc.assert(
      fc.property(pieces, text, (given, secret) => {
        const sealed = given.flatMap((piece) => ['<sealed>', piece]);
        const opened = given.flatMap((piece) => [secret, piece]);
        const open = (plain: string) => plain.replaceAll('<sealed>', () => secret);
        expect(readSpecText(mapSpecText(writeSpecText(sealed), open))).toEqual(joined(opened));
      }),
      { numRuns: 2000 },
    );
  });

  it('is written as agents have always read it, but where a $ stands before it', () => {
    expect(writeSpecText(['echo > ', { result: 'out' }])).toBe('echo > $(results.out.path)');
    expect(writeSpecText(['$', { result: 'out' }])).toBe('$$$(results.out.path)');
    expect(writeSpecText(['$(results.out.path)'])).toBe('$$(results.out.path)');
    expect(writeSpecText(['$(date) $$(results) $$$'])).toBe('$(date) $$(results) $$$');
  });
});
