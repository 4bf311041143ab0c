/** The two formats of a task's body, for the OpenAPI document. */
export const taskBody = {
  required: true,
  schema: { oneOf: [{ $ref: '#/components/schemas/Task' }, { $ref: '#/components/schemas/TektonTask' }] },
};
