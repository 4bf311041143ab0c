import { subjectNamed } from '.';

describe('whose values are erased', () => {
  it.each([
    ['ann', 'user:ann'],
    [' user:ann ', 'user:ann'],
    ['Ann@Example.COM', 'user:ann@example.com'],
    ['user:Ann@example.com', 'user:ann@example.com'],
    ['token:01a2', 'token:01a2'],
    ['anonymous', 'anonymous'],
  ])('%j is %j', (given, subject) => {
    expect(subjectNamed(given)).toBe(subject);
  });

  it.each(['', ' ', 'user:', 'token:', 'agent:1', 'system:timers', 'schedule:x', 'run:y'])('is not %j', (given) => {
    expect(() => subjectNamed(given)).toThrow('Field subject must be the id or e-mail address of a person');
  });
});
