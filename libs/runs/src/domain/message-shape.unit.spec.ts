import { messageShape } from './message-shape';

describe('the shape of a message', () => {
  it.each([
    ['Task a ended failed. exit code 137', 'Task a ended failed. exit code <n>'],
    ['took 12.5s, limit 10s', 'took <n>s, limit <n>s'],
    ['connect ECONNREFUSED 10.0.0.7:5432', 'connect ECONNREFUSED <n>'],
    ['row 0192f3c4-5b6a-7c8d-9e0f-1a2b3c4d5e6f is gone', 'row <id> is gone'],
    ['at 0xDEADbeef, sha deadbeef01', 'at <hex>, sha <hex>'],
    ['"alpha" is not \'beta\' or `gamma`', '<text> is not <text> or <text>'],
    ["it can't go on, it's over", "it can't go on, it's over"],
    ['pod worker-7f9x2 has gone', 'pod <id> has gone'],
    ['the feedface of a decade', 'the feedface of a decade'],
    ['  many\n\n  spaces ', 'many spaces'],
    ['****** is wrong', '****** is wrong'],
    ['\u001B[31merror\u001B[0m: row\t7', 'error: row <n>'],
    ['', ''],
  ])('of %j is %j', (message, shape) => {
    expect(messageShape(message)).toBe(shape);
  });

  it('is the same for messages that differ in numbers only, and stays the same when it is taken again', () => {
    expect(messageShape('exit code 1 after 20 ms')).toBe(messageShape('exit code 255 after 1304 ms'));
    const shape = messageShape('exit code 1 for "x" and 0192f3c4-5b6a-7c8d-9e0f-1a2b3c4d5e6f at 0x1f');
    expect(messageShape(shape)).toBe(shape);
  });

  it('is bounded, in characters and in work', () => {
    expect(messageShape('x '.repeat(100_000)).length).toBeLessThanOrEqual(200);
    for (const part of ['"', "'", 'a-', '1.', 'f', 'a1'])
      expect(Array.from(messageShape(part.repeat(500_000))).length).toBeLessThanOrEqual(200);
  });
});
