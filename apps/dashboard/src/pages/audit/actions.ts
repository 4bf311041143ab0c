import type { ObjectKind } from '#libs/contracts';

/** What actors did, in words: the actions of the trail. A test compares the names with the server's. */
export const actions: Readonly<Record<string, string>> = {
  SubmitRun: 'made a run',
  RetryRun: 'retried a run',
  StartRun: 'started a run',
  CancelRun: 'cancelled a run',
  FinalizeRun: 'finalized a run',
  TimeOutRun: "a run's time was over",
  ClaimRun: 'claimed a run',
  ExpireRunLease: "an agent's claim of a run ran out",
  ClaimTask: 'claimed a task',
  StartTask: 'started a task',
  EndTask: 'ended a task',
  CancelTask: 'cancelled a task',
  ReleaseTask: 'gave a task back',
  ExpireTaskLease: "an agent's claim of a task ran out",
  TimeOutTask: "a task's time was over",
  WakeTask: 'woke a task',
  ApproveAction: 'approved',
  RejectAction: 'rejected',
  DecideAction: 'decided',
  ReceiveEvent: 'an event reached a run',
  GrantLock: 'a run got a lock',
  SettleTask: 'what a task waited for has ended',
  CreateWorkflow: 'made a workflow',
  ReviseWorkflow: 'revised a workflow',
  DeleteWorkflow: 'deleted a workflow',
  ErasePersonalData: 'erased personal data',
  CreateBulk: 'made a bulk job',
  RecordBulkProgress: 'a bulk job went on',
  CancelBulk: 'ended a bulk job',
  StopBulk: 'a bulk job was stopped',
  ForgetBulk: 'removed an old bulk job',
  CreateSavedView: 'saved a view',
  UpdateSavedView: 'changed a saved view',
  DeleteSavedView: 'deleted a saved view',
  RefuseTrigger: 'a trigger was refused',
  CreateSchedule: 'made a schedule',
  UpdateSchedule: 'changed a schedule',
  DeleteSchedule: 'deleted a schedule',
  RecordFiring: 'a schedule was due',
  CreateTask: 'made a catalogue task',
  ReviseTask: 'revised a catalogue task',
  DeleteTask: 'deleted a catalogue task',
  CreateTeam: 'made a team',
  UpdateTeam: 'changed a team',
  RemoveFromTeam: 'removed from a team',
  RemoveTeamParameter: 'removed a param of a team',
  CreateToken: 'made a token',
  RevokeToken: 'revoked a token',
  CreateParameter: 'made a global param',
  UpdateParameter: 'changed a global param',
  RemoveParameter: 'removed a global param',
  RequestLock: 'asked for a lock',
  ReleaseLock: 'gave a lock back',
  RecordAttempt: 'was refused',
  SummariseAttempts: 'was refused many times',
  VerifyTrail: 'verified the ledger',
  ExportTrail: 'exported entries',
  BeginTrail: 'began a new log',
  RecordArchive: 'archived runs',
};

/** What agents report, and what the server does by itself. */
const ofMachines = [
  'StartRun',
  'FinalizeRun',
  'TimeOutRun',
  'ClaimRun',
  'ExpireRunLease',
  'ClaimTask',
  'StartTask',
  'EndTask',
  'ReleaseTask',
  'ExpireTaskLease',
  'TimeOutTask',
  'WakeTask',
  'GrantLock',
  'SettleTask',
  'RecordFiring',
  'RequestLock',
  'ReleaseLock',
  'RecordBulkProgress',
  'ForgetBulk',
];

/** What people and their programs ask for. */
export const ofPeople: readonly string[] = Object.keys(actions).filter((action) => !ofMachines.includes(action));

/** Of objects. The type makes sure that none is forgotten. */
const everyKind: Readonly<Record<ObjectKind, true>> = {
  workflowrun: true,
  workflow: true,
  schedule: true,
  task: true,
  parameter: true,
  team: true,
  token: true,
  lock: true,
  trail: true,
  archive: true,
  erasure: true,
  bulk: true,
  view: true,
};
export const kinds: readonly string[] = Object.keys(everyKind);

/** `StartTask+EndTask`: both. */
export function actionWords(action: string): string {
  return action
    .split('+')
    .map((name) => actions[name] ?? name)
    .join(', ');
}
