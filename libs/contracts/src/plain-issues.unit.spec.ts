import { z } from 'zod';
import './plain-issues';

describe('messages of schemas', () => {
  it.each([
    [z.string(), undefined, 'is missing: it must be a text'],
    [z.string(), 5, 'must be a text, not a number'],
    [z.string(), null, 'must be a text, not null'],
    [z.string(), true, 'must be a text, not true'],
    [z.int(), 1.5, 'must be a whole number, not a fraction'],
    [z.int(), 'x', 'must be a number, not a text'],
    [z.boolean(), 'yes', 'must be true or false, not a text'],
    [z.array(z.string()), {}, 'must be a list, not an object'],
    [z.object({}), [], 'must be an object, not a list'],
    [z.record(z.string(), z.string()), 'x', 'must be an object, not a text'],
    [z.enum(['ready', 'running']), 'x', 'must be one of ready, running'],
    [z.literal('x'), 'y', 'must be x'],
    [z.string().min(1), '', 'must not be empty'],
    [z.string().min(2), '', 'must have at least 2 characters'],
    [z.string().max(1), 'xx', 'must have at most 1 character'],
    [z.array(z.int()).min(1), [], 'must have at least 1 item'],
    [z.array(z.int()).max(2), [1, 2, 3], 'must have at most 2 items'],
    [z.number().min(3), 2, 'must be at least 3'],
    [z.number().gt(3), 3, 'must be more than 3'],
    [z.number().max(3), 4, 'must be at most 3'],
    [z.string().regex(/^a$/), 'b', 'must match /^a$/'],
    [z.strictObject({}), { x: 1 }, 'must not have the field x'],
    [z.record(z.string().min(1), z.string()), { '': 'x' }, 'the name of this field must not be empty'],
    [z.union([z.string(), z.int()]), true, 'must be a text, not true or must be a number, not true'],
    [z.string().min(1, 'own words'), '', 'own words'],
  ])('%#', (schema: z.ZodType, value: unknown, message: string) => {
    expect(schema.safeParse(value).error?.issues.map((issue) => issue.message)).toEqual([message]);
  });
});
