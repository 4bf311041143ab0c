import { actorFrom, kindOfEvent } from '.';

describe('the trail', () => {
  it.each([
    ['WorkflowRunSubmitted', 'workflowrun'],
    ['TaskRunEnded', 'workflowrun'],
    ['ActionDecided', 'workflowrun'],
    ['WorkflowRevised', 'workflow'],
    ['WorkflowTriggerRefused', 'workflow'],
    ['TeamParameterRemoved', 'team'],
    ['GlobalParameterSet', 'parameter'],
    ['AttemptRefused', 'trail'],
    ['TrailExported', 'trail'],
    ['LockGranted', 'lock'],
    ['LockAcquired', 'workflowrun'],
    ['Unheard', null],
  ])('%s is about a %s', (type, kind) => {
    expect(kindOfEvent(type)).toBe(kind);
  });

  it.each([
    ['user:ada', 'person', 'ada'],
    ['token:1', 'token', '1'],
    ['agent:2', 'agent', '2'],
    ['run:3', 'run', '3'],
    ['schedule:4', 'schedule', '4'],
    ['system:timer', 'system', 'timer'],
    ['anonymous', 'anonymous', ''],
  ])('%s is a %s', (text, kind, id) => {
    expect(actorFrom(text)).toEqual({ kind, id });
  });
});
