/** A run of it waits for a person, and so it can be looked at, cancelled and retried in peace. */
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
