import fc from 'fast-check';
import { readSpecText } from '#libs/kernel';
import { submissionOf } from './spec/simulation';
import {
  type Json,
  parameterBounds,
  ParameterError,
  ParameterResolver,
  type ParameterScope,
  referencedLayers,
  type RunParam,
} from '.';

function resolver(scope: Partial<ParameterScope> = {}) {
  return new ParameterResolver({ workflow: [], context: () => ({}), ...scope });
}

/** The text that an agent makes, with the paths of its results. */
function atAgent(text: string): string {
  return readSpecText(text)
    .map((piece) => (typeof piece === 'string' ? piece : `/results/${piece.result}`))
    .join('');
}

const templates = (params: Readonly<Record<string, Json>>): RunParam[] =>
  Object.entries(params).map(([name, value]) => ({ name, value, isTemplate: true }));
const data = (params: Readonly<Record<string, Json>>): RunParam[] =>
  Object.entries(params).map(([name, value]) => ({ name, value }));

const nested = { a: { b: [1, { c: 'deep' }] } };
const known: Partial<ParameterScope> = {
  global: data({ g: 'installation', color: 'global' }),
  team: data({ key: 'team-key' }),
  workflow: data({
    color: 'blue',
    size: 'workflow',
    'workflow-name': 'hidden',
    object: nested,
    list: ['l0', 'l1'],
    text: '{"list": [{"id": 12345678901234567890}], "n": 1.5}',
    nothing: null,
    'dotted.name': 'dotted',
  }),
  task: data({ size: 'task' }),
  context: () => ({ 'workflow-name': 'flow' }),
  ownResults: [{ name: 'out' }],
  result: (task, name) => {
    if (task === 'my task' && name === 'out') return { value: 'done' };
    if (task === 'json' && name === 'out') return { value: '{"a":{"b":[true]}}' };
    if (task === 'skipped') return { value: null, isAbsent: true };
    return { problem: `task ${task} declares no result ${name}` };
  },
};

describe('the forms of tokens', () => {
  it.each<[string, string, Json]>([
    ['a flat param', '$(params.color)!', 'blue!'],
    ['white space', '$( params.color )', 'blue'],
    ['brackets', "$(params['color']) $(params[\"color\"]) $(params['dotted.name'])", 'blue blue dotted'],
    ['the innermost layer wins', '$(params.size)', 'task'],
    [
      'a layer by name',
      '$(workflow.params.size) $(team.params.key) $(global.params.color)',
      'workflow team-key global',
    ],
    ['a layer by name, in brackets', "$(team.params['key'])", 'team-key'],
    ['the context beats all', '$(params.workflow-name) $(context.params.workflow-name)', 'flow flow'],
    ['a result', '$(tasks.my task.results.out)', 'done'],
    ['a result, as older workflows name it', '$(task.my task.results.out)', 'done'],
    ['a result, in brackets', '$(tasks[\'my task\'].results["out"])', 'done'],
    ['a path into a result whose text is JSON', '$(tasks.json.results.out.a.b[0])', true],
    ['a result of a skipped task, alone', '$(tasks.skipped.results.r.any.path)', null],
    ['a result of a skipped task, in a text', '<$(tasks.skipped.results.r)>', '<>'],
    ['a path into an object', '$(params.object.a.b.1.c) $(params.object.a.b[1].c)', 'deep deep'],
    ['a path into a text of JSON keeps the digits', '$(params.text.list[0].id)', '12345678901234567890'],
    ['a path into a text of JSON keeps the type', '$(params.text.n)', 1.5],
    ['a place in a list', '$(params.list[0])$(params.list.1)', 'l0l1'],
    ['a whole list', '$(params.list[*])', ['l0', 'l1']],
    ['a whole list, in a text', 'x $(params.list[*])', 'x ["l0","l1"]'],
    ['null', '<$(params.nothing)>', '<>'],
    ['null, alone', '$(params.nothing)', null],
    ['a lone token keeps its type', '$(params.object)', nested],
    ['an object within text is JSON', 'x=$(params.object.a)', 'x={"b":[1,{"c":"deep"}]}'],
    [
      'an escape',
      '$$(params.color) $$(params.nobody) $$(results.out.path)',
      '$(params.color) $(params.nobody) $(results.out.path)',
    ],
    [
      'what is no form of ours',
      '$$ $$$ $(date +%Y) $$(date) $(params) $(a.params.b)',
      '$$ $$$ $(date +%Y) $$(date) $(params) $(a.params.b)',
    ],
    [
      'an unknown step',
      '$(params.list[*].x) $(params.list[x]) $(workspaces.w.path)',
      '$(params.list[*].x) $(params.list[x]) $(workspaces.w.path)',
    ],
    ["the agent's path", '$(results.out.path)', '$(results.out.path)'],
  ])('%s', (_what, text, expected) => {
    expect(resolver(known).value(text)).toEqual(expected);
    expect(resolver(known).value({ deep: [text] })).toEqual({ deep: [expected] });
  });

  it.each([
    ['$(params.typo)', /Token \$\(params.typo\) names nothing: there is no param typo/],
    ['$(team.params.color)', /there is no team param color/],
    ['$(tasks.x.results.y)', /task x declares no result y/],
    ['$(params.object.z)', /\$\(params.object.z\) finds nothing/],
    ['$(params.object.constructor)', /finds nothing/],
    ['$(params.list.length)', /finds nothing/],
    ['$(params.color.x)', /finds nothing/],
    ['$(results.typo.path)', /the task declares no result typo/],
  ])('%s, which names nothing, is an error with its name', (text, message) => {
    expect(() => resolver(known).value(`a ${text}`)).toThrow(ParameterError);
    expect(() => resolver(known).specText(`a ${text}`)).toThrow(message);
  });

  it('leaves what no one can know yet where the run begins', () => {
    const scope = { workflow: templates({ later: '$(tasks.a.results.r) $(params.typo)' }), isPartial: true };
    expect(resolver(scope).params('workflow')).toEqual([
      { name: 'later', value: '$(tasks.a.results.r) $(params.typo)' },
    ]);
  });

  it('gives each item of a list an argument of its own', () => {
    const args = [
      '-x',
      '$(params.list[*])',
      '$(params.list)',
      '$(params.nothing[*])',
      '$(params.color[*])',
      'a$(params.list[*])',
    ];
    expect(resolver(known).specTexts(args)).toEqual(['-x', 'l0', 'l1', '["l0","l1"]', 'blue', 'a["l0","l1"]']);
    const mixed = { workflow: data({ l: ['1', 2, true, null, { a: 1 }] }) };
    expect(resolver(mixed).specTexts(['$(params.l[*])', 'z'])).toEqual(['1', '2', 'true', '', '{"a":1}', 'z']);
  });

  it('takes a param that names itself to mean the layer below', () => {
    const scope = {
      team: data({ low: 'team' }),
      workflow: [...data({ target: 'blue' }), ...templates({ low: '<$(params.low)>' })],
      task: data({ target: '$(params.target)', other: '$(params.target)', low: '$(params.low)$(params.low)' }),
    };
    expect(resolver(scope).params('task')).toEqual(data({ target: 'blue', other: 'blue', low: '<team><team>' }));
  });

  it('follows defaults, each once, and takes nothing that they bring for a token', () => {
    const scope = {
      team: data({ key: 's3cret' }),
      workflow: [
        ...templates({ greeting: 'hello $(params.name)' }),
        ...data({ name: '$(team.params.key)$(results.o.path)' }),
      ],
      task: data({ say: '$(params.greeting)!', path: '$(results.o.path)' }),
      ownResults: [{ name: 'o' }],
    };
    const one = resolver(scope);
    expect(one.params('task')[0]?.value).toBe('hello $(team.params.key)$(results.o.path)!');
    expect(atAgent(one.specText('$(params.say) $(params.path)'))).toBe(
      'hello $(team.params.key)$(results.o.path)! /results/o',
    );
  });

  it('names what a run must remember of the other layers: what definitions refer to, and no more', () => {
    const layers = { global: data({ a: 1, b: '$(params.c)', c: 3 }), team: data({ d: 4, e: 5, f: 6 }) };
    const spec = {
      arguments: null,
      command: ["$(team.params['d'])"],
      envs: null,
      image: null,
      script: null,
      workingDir: null,
    };
    const params = [...templates({ p: { x: ['$(params.a)'] } }), ...data({ q: '$(params.e)' })];
    const [task] = submissionOf([]).tasks;
    if (!task) throw new Error('There is no task');
    const plan = [{ ...task, params: data({ t: '$( params.b )' }), spec }];
    expect(referencedLayers(layers, params, plan)).toEqual({
      global: data({ a: 1, b: '$(params.c)' }),
      team: data({ d: 4 }),
    });
  });
});

describe('the bounds of a substitution', () => {
  it('refuses circles and chains above ten, with a name', () => {
    const circle = templates({ a: '$(params.b)', b: '$(params.a)' });
    expect(() => resolver({ workflow: circle }).params('workflow')).toThrow('Param a refers to itself: a → b → a.');
    expect(() => resolver({ workflow: templates({ a: '$(params.a)' }) }).params('workflow')).toThrow('a → a');
    const chain = (length: number) =>
      templates(
        Object.fromEntries(
          Array.from({ length }, (_, at) => [`p${at}`, at === length - 1 ? 'end' : `$(params.p${at + 1})`]),
        ),
      );
    expect(resolver({ workflow: chain(10) }).params('workflow')[0]?.value).toBe('end');
    for (const workflow of [chain(11), chain(11).toReversed()]) {
      expect(() => resolver({ workflow }).params('workflow')).toThrow(/bound reference-depth: 10/);
    }
  });

  it('resolves each param once, however often it is named', () => {
    const tenfold = Array.from({ length: 10 }, (_, at) => ({
      name: `p${at}`,
      value: at === 0 ? '' : `$(params.p${at - 1})`.repeat(10),
      isTemplate: true,
    }));
    expect(
      resolver({ workflow: tenfold })
        .params('workflow')
        .every(({ value }) => value === ''),
    ).toBe(true);
    const full = tenfold.with(0, { name: 'p0', value: 'ha', isTemplate: true });
    expect(() => resolver({ workflow: full }).params('workflow')).toThrow(/bound substitution-bytes: 4194304/);
  });

  it('counts tokens, empty or not, and bytes before it builds them', () => {
    const many = '$(params.e)'.repeat(parameterBounds['substitution-tokens']);
    expect(resolver({ workflow: data({ e: '' }) }).string(many)).toBe('');
    expect(() => resolver({ workflow: data({ e: '' }) }).string(`${many}$(params.e)`)).toThrow(
      /substitution-tokens: 10000/,
    );
    const large = { workflow: data({ big: 'x'.repeat(900_000) }) };
    const task = templates(Object.fromEntries(Array.from({ length: 320 }, (_, at) => [`q${at}`, '$(params.big)'])));
    expect(() => resolver({ ...large, task }).params('task')).toThrow(/substitution-bytes/);
    expect(() => resolver(large).specTexts(Array<string>(320).fill('$(params.big[*])'))).toThrow(/substitution-bytes/);
  });

  it('reads a text of JSON once, whatever the number of paths into it, and refuses what is nested too deep', () => {
    const text = JSON.stringify({ pad: 'x'.repeat(900_000), id: 7 });
    const paths = '$(params.text.id)'.repeat(5000);
    expect(resolver({ workflow: data({ text }) }).string(paths)).toBe('7'.repeat(5000));
    const deep = { workflow: data({ deep: `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}` }) };
    expect(() => resolver(deep).value('$(params.deep.a)')).toThrow(/value-depth: 100/);
  });

  it('does work that is linear in the text, whatever the text', () => {
    for (const unit of ['$', '$$(', '$(', '$(params.', '(results.', '$$(results.x.path)', '[', "$(params['"]) {
      const text = unit.repeat(Math.ceil(400_000 / unit.length));
      const own = { ownResults: [{ name: 'x' }] };
      expect(resolver(own).string(text).length).toBeGreaterThan(0);
      expect(atAgent(resolver({ ...own, workflow: data({ text }) }).specText('$(params.text)'))).toBe(text);
    }
  });
});

const tokenText = fc.constantFrom(
  '$(params.x)',
  '$(params.secret)',
  "$(team.params['secret'])",
  '$(global.params.secret)',
  '$(context.params.workflow-name)',
  '$(tasks.t.results.r)',
  '$(results.out.path)',
  "$(results['out'].path)",
  '$$(params.x)',
  '$$(results.out.path)',
  '$$$(results.out.path)',
  '(results.out.path)',
  '(params.secret)',
  'params.secret)',
  '.path)',
  '$(results.out',
  '$(',
  '$',
  ')',
  '$(date)',
  '`id`',
  '${HOME}',
  "it's",
  '"q"',
  '\\',
  '\n\t',
  '$&',
  '$1',
  '😀ü',
  '\u2028',
);
const text = fc
  .array(fc.oneof({ weight: 3, arbitrary: tokenText }, { weight: 1, arbitrary: fc.string({ unit: 'grapheme' }) }), {
    maxLength: 6,
  })
  .map((parts) => parts.join(''));
const value = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  ),
})).value;

/** Every possible source of a value. */
function scopesWith(given: Json): [string, Partial<ParameterScope>][] {
  const params = data({ x: given });
  return [
    ['$(params.x)', { global: params }],
    ['$(global.params.x)', { global: params }],
    ['$(params.x)', { team: params }],
    ["$(team.params['x'])", { team: params }],
    ['$(params["x"])', { workflow: params }],
    ['$(workflow.params.x)', { workflow: params }],
    ['$(params.y)', { workflow: params, task: data({ y: '$(params.x)' }) }],
    ['$(params.y)', { workflow: [...params, ...templates({ y: '$(params.x)' })] }],
    ['$(params.o.a[1])', { workflow: data({ o: { a: [0, given] } }) }],
    ['$(tasks.t.results.r)', { result: () => ({ value: given }) }],
    ['$(task.t.results.r.a)', { result: () => ({ value: { a: given } }) }],
    ['$(tasks.t.results.r.a)', { result: () => ({ value: JSON.stringify({ a: given }) }) }],
  ];
}
const secret: Partial<ParameterScope> = {
  context: () => ({ 'workflow-name': 'flow', secret: 'LEAKED' }),
  ownResults: [{ name: 'out' }],
};

describe('data', () => {
  it('comes out as it went in, from every place, in every form, with its type where it is alone', () => {
    fc.assert(
      fc.property(value, (given) => {
        for (const [token, scope] of scopesWith(given)) {
          const one = () => resolver({ ...secret, ...scope });
          expect(one().value(token)).toEqual(given);
          expect(one().value({ deep: [token] })).toEqual({ deep: [given] });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('comes out as it went in at the agent, beside paths of results, tokens and other data', () => {
    fc.assert(
      fc.property(value, value, (given, other) => {
        const asText = (each: Json) => (typeof each === 'string' ? each : each === null ? '' : JSON.stringify(each));
        for (const [token, scope] of scopesWith(given)) {
          const workflow = [...(scope.workflow ?? []), ...data({ other })];
          const one = resolver({ ...secret, ...scope, workflow });
          const around = `$(results.out.path)${token}$(results['out'].path)$(params.other)${token}(results.out.path)`;
          expect(atAgent(one.specText(around))).toBe(
            `/results/out${asText(given)}/results/out${asText(other)}${asText(given)}(results.out.path)`,
          );
          expect(one.specTexts([token]).map(atAgent)).toEqual([asText(given)]);
          expect(one.string(`<${token}|${token}>`)).toBe(`<${asText(given)}|${asText(given)}>`);
        }
      }),
      { numRuns: 500 },
    );
  });
});
