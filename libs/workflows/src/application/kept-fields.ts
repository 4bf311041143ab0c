import { paramSchema, type WorkflowDefinition, workflowSchema, workflowTaskSchema } from '#libs/contracts';

/** Fields of the contract that are not part of a definition: the server adds them, or the client uses them itself. */
const shownOnly: ReadonlySet<string> = new Set([
  'id',
  'version',
  'creationDate',
  'upgradesAvailable',
  'unknownFields',
  'warnings',
]);

/**
 * The definition without fields that only a client uses: those outside the contract, and those that come back from an
 * answer.
 */
export function keptFields(definition: WorkflowDefinition): WorkflowDefinition {
  const { params, tasks, ...rest } = definition;
  return {
    ...known(rest, workflowSchema.shape),
    ...(params && { params: params.map((param) => known(param, paramSchema.shape)) }),
    ...(tasks && { tasks: tasks.map((task) => known(task, workflowTaskSchema.shape)) }),
  };
}

function known<Item extends object>(item: Item, shape: Readonly<Record<string, unknown>>): Item {
  const kept = Object.entries(item).filter(([name]) => Object.hasOwn(shape, name) && !shownOnly.has(name));
  return Object.fromEntries(kept) as Item;
}
