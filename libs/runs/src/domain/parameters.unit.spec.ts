import fc from 'fast-check';
import { type Json, ParameterError, ParameterResolver, type ParameterScope } from '.';

function resolver(scope: Partial<ParameterScope> = {}) {
  return new ParameterResolver({ workflow: [], context: {}, ...scope });
}

const nested = { a: { b: [1, { c: 'deep' }] } };

describe('the parameter language', () => {
  it.each<[string, string, Json]>([
    ['a flat param', '$(params.color)!', 'blue!'],
    ['the innermost layer wins', '$(params.size)', 'task'],
    ['a layer by name', '$(workflow.params.size)', 'workflow'],
    ['the context beats all', '$(params.workflow-name)', 'flow'],
    ['a result of a task with spaces in its name', '$(tasks.my task.results.out)', 'done'],
    ['a path into an object', '$(params.object.a.b.1.c)', 'deep'],
    ['a lone token keeps its type', '$(params.object)', nested],
    ['an object within text is JSON', 'x=$(params.object.a)', 'x={"b":[1,{"c":"deep"}]}'],
    ['an escape', '$$(params.color)', '$(params.color)'],
    ["a shell's substitution", 'echo $(date) $(cat /etc/hosts)', 'echo $(date) $(cat /etc/hosts)'],
    ['what names nothing', '$(params.nobody) $(tasks.x.results.y)', '$(params.nobody) $(tasks.x.results.y)'],
    ['a path that leads nowhere', '$(params.object.z)', '$(params.object.z)'],
    ['no way to what objects inherit', '$(params.object.constructor)', '$(params.object.constructor)'],
  ])('%s', (_what, text, expected) => {
    const scope: Partial<ParameterScope> = {
      workflow: [
        { name: 'color', value: 'blue' },
        { name: 'size', value: 'workflow' },
        { name: 'workflow-name', value: 'hidden' },
        { name: 'object', value: nested },
      ],
      task: [{ name: 'size', value: 'task' }],
      context: { 'workflow-name': 'flow' },
      result: (task, name) => (task === 'my task' && name === 'out' ? { value: 'done' } : null),
    };
    expect(resolver(scope).value(text)).toEqual(expected);
  });

  it('takes a param that names itself to mean the layer below', () => {
    const scope = {
      workflow: [{ name: 'target', value: 'blue' }],
      task: [{ name: 'target', value: '$(params.target)' }],
    };
    expect(resolver(scope).params('task', scope.task)).toEqual([{ name: 'target', value: 'blue' }]);
  });

  it('refuses circles, chains above ten, and growth, with a name', () => {
    const circle = [
      { name: 'a', value: '$(params.b)' },
      { name: 'b', value: '$(params.a)' },
    ];
    expect(() => resolver({ workflow: circle }).params('workflow', circle)).toThrow(/Param a .*b/);
    const chain = Array.from({ length: 20 }, (_, index) => ({ name: `p${index}`, value: `$(params.p${index + 1})` }));
    expect(() => resolver({ workflow: chain }).params('workflow', chain)).toThrow(/p1.* 10 references/);
    const laughs = Array.from({ length: 9 }, (_, index) => ({
      name: `l${index}`,
      value: index === 8 ? 'ha'.repeat(100) : `$(params.l${index + 1})`.repeat(20),
    }));
    expect(() => resolver({ workflow: laughs }).params('workflow', laughs)).toThrow(ParameterError);
  });

  it('brings any value out as it went in', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('"', "'", '\\', '\n', '$(date)', '$$(x)', '`id`', '$&', '$1', 'ü😀'),
    );
    fc.assert(
      fc.property(fc.oneof(nasty, fc.jsonValue()), fc.array(nasty, { maxLength: 3 }), (value, around) => {
        fc.pre(
          !JSON.stringify([value, around]).includes('params.') && !JSON.stringify([value, around]).includes('tasks.'),
        );
        const scope: Partial<ParameterScope> = { result: () => ({ value: value as Json }) };
        expect(resolver(scope).value('$(tasks.t.results.r)')).toEqual(value);
        const text = typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
        const prefix = around.join('').replaceAll('$', '');
        expect(resolver(scope).value(`${prefix}|$(tasks.t.results.r)|`)).toBe(`${prefix}|${text}|`);
      }),
      { numRuns: 1000 },
    );
  });

  it('brings any param through, alone, in a text, by a path, by its layer', () => {
    const shell = fc.constantFrom(
      '$(date)',
      '`id`',
      '${HOME}',
      '$HOME',
      "it's",
      '"q"',
      '\\',
      '\n\t',
      '$',
      '$(',
      ')',
      '😀ü',
      '\u2028',
    );
    const text = fc
      .array(fc.oneof(shell, fc.string({ unit: 'grapheme' })), { maxLength: 5 })
      .map((parts) => parts.join(''));
    const value = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        text,
        fc.integer(),
        fc.boolean(),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1 }), tie('value'), { maxKeys: 4 }),
      ),
    })).value;
    fc.assert(
      fc.property(value, text, text, (given, before, after) => {
        // A reference, or half of one that the neighbour completes, is no plain text any more.
        fc.pre(
          !/\(|\)/.test(before + after) &&
            !/\((params|tasks|global|team|workflow|context)\./.test(JSON.stringify(given)),
        );
        const params = [{ name: 'x', value: given }];
        const asText = typeof given === 'string' ? given : JSON.stringify(given);
        for (const layer of ['global', 'team', 'workflow', 'task'] as const) {
          const scope = { [layer]: params };
          const named = layer === 'task' ? [] : [`$(${layer}.params.x)`];
          for (const reference of ['$(params.x)', ...named]) {
            expect(resolver(scope).value(reference)).toEqual(given);
            expect(resolver(scope).value({ deep: [reference] })).toEqual({ deep: [given] });
            const around = before.replace(/\$+$/, '');
            expect(resolver(scope).value(`${around} ${reference} ${after}`)).toBe(`${around} ${asText} ${after}`);
          }
          expect(resolver({ [layer]: [{ name: 'x', value: { a: [0, given] } }] }).value('$(params.x.a.1)')).toEqual(
            given,
          );
        }
        expect(resolver({ workflow: params }).value(`${before}|$$(params.x)`)).toBe(`${before}|$(params.x)`);
      }),
      { numRuns: 1000 },
    );
  });
});
