/** Why a task cannot run as it is: a sentence for its author. The task ends with this status. */
export class TaskProblem extends Error {
  constructor(
    readonly status: 'failed' | 'invalid',
    message: string,
  ) {
    super(message);
  }
}
