import type { RevisionTask } from '#libs/contracts';
import { jsonBytes, RefusedError, textsIn } from '#libs/kernel';
import { maxRunnable, maxTokens } from './bounds';

/**
 * The plan of a run holds the tasks of its revision, with the catalogue's content. Stops counting at the bound.
 * @throws RefusedError WORKFLOW_INVALID_DEFINITION naming the bound.
 */
export function refuseLargeRunnable({ tasks }: { readonly tasks: readonly RevisionTask[] }): void {
  let bytes = 0;
  let tokens = 0;
  for (const task of tasks) {
    bytes += jsonBytes(task);
    for (const text of textsIn(task)) tokens += text.split('$(', maxTokens + 2).length - 1;
    if (tokens > maxTokens) {
      throw new RefusedError(
        'WORKFLOW_INVALID_DEFINITION',
        `Invalid Workflow definition. Its tasks, with the content of the catalogue, have more than ${maxTokens} tokens $(…).`,
      );
    }
    if (bytes <= maxRunnable) continue;
    throw new RefusedError(
      'WORKFLOW_INVALID_DEFINITION',
      `Invalid Workflow definition. Its tasks, with the content of the catalogue, have more than ${maxRunnable} bytes.`,
    );
  }
}
