import { fold, type RefusedError } from '#libs/kernel';
import { graphProblems } from './graph-problems';
import { type Refusal, type WorkflowCommand, workflowDecider, type WorkflowState } from './workflow';

const maxRefusals = 20;
const refusalPause = 60_000;

const summary = (name: string, creationDate = 1) => ({
  ...{ id: 'id', teamId: 'team', name, displayName: name, status: 'active' as const, labels: {}, creationDate },
});
const revision = (id: string) => ({ id, definition: {}, runnable: {} });
const revise = (name: string, id: string, replace = false): WorkflowCommand => ({
  ...{ type: 'ReviseWorkflow', replace, summary: summary(name, 99), revision: revision(id) },
});
const refuse = (at: number, more: Partial<Refusal> = {}): WorkflowCommand => ({
  type: 'RefuseTrigger',
  refusal: { at, trigger: 'webhook', reason: 'OFF', message: 'm', ...more },
});
function after(...commands: WorkflowCommand[]): WorkflowState {
  const create: WorkflowCommand = {
    ...{ type: 'CreateWorkflow', maxWorkflowCount: 0, summary: summary('one'), revision: revision('r1') },
  };
  return [create, ...commands].reduce<WorkflowState | null>(
    (state, command) => fold(workflowDecider, state, workflowDecider.decide(state, command)),
    null,
  ) as WorkflowState;
}

describe('a workflow', () => {
  it('counts its revisions; one that replaces the latest keeps its number', () => {
    expect(after(revise('one', 'r2'))).toMatchObject({ version: 2, revisionId: 'r2', creationDate: 1 });
    expect(after(revise('one', 'r2'), revise('one', 'r3', true))).toMatchObject({ version: 2, revisionId: 'r3' });
  });

  it('knows its former names', () => {
    expect(after(revise('two', 'r2'))).toMatchObject({ name: 'two', formerNames: ['one'] });
    expect(after(revise('two', 'r2'), revise('one', 'r3')).formerNames).toEqual(['two']);
  });

  it('that is deleted, or was never made, takes nothing more', () => {
    const gone = after({ type: 'DeleteWorkflow', now: 2 });
    expect(gone.deleted).toBe(true);
    for (const command of [revise('one', 'r'), refuse(3), { type: 'DeleteWorkflow', now: 3 } as const]) {
      for (const state of [gone, null]) {
        expect(() => workflowDecider.decide(state, command)).toThrow('Invalid Workflow reference');
      }
    }
  });

  it('tells refusals of one trigger and reason once a minute', () => {
    const state = after(refuse(1000));
    const isTold = (command: WorkflowCommand) => workflowDecider.decide(state, command).length > 0;
    expect(isTold(refuse(1000 + refusalPause - 1))).toBe(false);
    expect(isTold(refuse(1000 + refusalPause))).toBe(true);
    expect(isTold(refuse(1001, { reason: 'OTHER' }))).toBe(true);
    expect(isTold(refuse(1001, { trigger: 'event' }))).toBe(true);
  });

  it('shows the latest refusals, the newest first, and keeps them when it is saved', () => {
    const many = Array.from({ length: maxRefusals + 3 }, (_, index) => refuse(index, { reason: `R${index}` }));
    const state = after(...many, revise('one', 'r2'));
    expect(state.refusals).toHaveLength(maxRefusals);
    expect(state.refusals?.[0]?.reason).toBe(`R${maxRefusals + 2}`);
  });

  it('says what it is called now', () => {
    const error = (() => {
      try {
        workflowDecider.decide(null, refuse(1));
        return null;
      } catch (thrown) {
        return thrown as RefusedError;
      }
    })();
    expect(error?.reason).toBe('WORKFLOW_INVALID_REFERENCE');
  });
});

describe('a graph', () => {
  const graph = (edges: Record<string, string[]>, types: Record<string, string> = {}) =>
    Object.entries(edges).map(([name, dependencies]) => ({ name, type: types[name] ?? name, dependencies }));

  it.each<[string, Parameters<typeof graphProblems>[0], string[]]>([
    ['whole', graph({ start: [], a: ['start'], end: ['a'] }), []],
    ['without start', graph({ a: [], end: ['a'] }), ['exactly one task of type start; there are 0']],
    ['without end', graph({ start: [] }), ['exactly one task of type end; there are 0']],
    [
      'with two ends',
      graph({ start: [], end: ['start'], e: ['start'] }, { e: 'end' }),
      ['exactly one task of type end; there are 2'],
    ],
    ['in which start waits', graph({ start: ['a'], a: [], end: ['start'] }), ['start must not have dependencies']],
    ['with an edge from nowhere', graph({ start: [], end: ['start', 'x'] }), ['Task end: dependency x is not a task']],
    ['with an edge twice', graph({ start: [], end: ['start', 'start'] }), ['dependency start is given twice']],
    ['with no path', graph({ start: [], a: ['start'], end: [] }), ['no path from start to end']],
    [
      'with a circle',
      graph({ start: [], a: ['start', 'c'], b: ['a'], c: ['b'], end: ['a'] }),
      ['in a circle: b → c → a.'],
    ],
    ['with a task that waits for itself', graph({ start: [], a: ['a'], end: ['start'] }), ['in a circle: a.']],
  ])('%s', (_what, tasks, problems) => {
    const found = graphProblems(tasks);
    expect(found).toHaveLength(problems.length);
    for (const [index, each] of problems.entries()) expect(found[index]).toContain(each);
  });

  it('as long as can be is looked at without recursion', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `t${index}`);
    const chain = names.map((name, index) => ({
      name,
      type: 'x',
      dependencies: index > 0 ? [`t${index - 1}`] : ['start'],
    }));
    const tasks = [...graph({ start: [] }), ...chain, ...graph({ end: ['t19999'] })];
    expect(graphProblems(tasks)).toEqual([]);
  });
});
