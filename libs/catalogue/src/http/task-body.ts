import { type BodyRule, definitionBodyLimit } from '#libs/http';

/** The two forms of a task's body, for the OpenAPI document. */
export const taskBody = {
  required: true,
  schema: { oneOf: [{ $ref: '#/components/schemas/Task' }, { $ref: '#/components/schemas/TektonTask' }] },
};

/** How such a body is read. */
export const definitionBody: BodyRule = { limit: definitionBodyLimit, kinds: ['json', 'yaml'] };
