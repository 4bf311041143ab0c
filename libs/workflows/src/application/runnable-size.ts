import type { RevisionTask } from '#libs/contracts';
import { jsonBytes, RefusedError } from '#libs/kernel';
import { maxRunnable } from './bounds';

/**
 * Every run copies the tasks of its revision, with what the catalogue says of them.
 * @throws RefusedError WORKFLOW_INVALID_DEFINITION naming the bound; counts no further than that.
 */
export function refuseLargeRunnable({ tasks }: { readonly tasks: readonly RevisionTask[] }): void {
  let bytes = 0;
  for (const task of tasks) {
    bytes += jsonBytes(task);
    if (bytes <= maxRunnable) continue;
    throw new RefusedError(
      'WORKFLOW_INVALID_DEFINITION',
      `Invalid Workflow definition. Its tasks, with what the catalogue says of them, have more than ${maxRunnable} bytes.`,
    );
  }
}
