/** A run of it waits for a person, so you have time to look at it, cancel it and retry it. */
export const approvalWorkflow = {
  name: 'sign-off',
  displayName: 'Sign-off',
  description: 'Waits until somebody approves, rejects or cancels it.',
  tasks: [
    { name: 'start', type: 'start' },
    { name: 'sign-off', type: 'approval', dependencies: [{ taskRef: 'start' }] },
    { name: 'end', type: 'end', dependencies: [{ taskRef: 'sign-off', executionCondition: 'success' }] },
  ],
};
