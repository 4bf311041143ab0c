/** Why a task cannot be run as it is, in a sentence for its author. It ends with this status. */
export class TaskProblem extends Error {
  constructor(
    readonly status: 'failed' | 'invalid',
    message: string,
  ) {
    super(message);
  }
}
