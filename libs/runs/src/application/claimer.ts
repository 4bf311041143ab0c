import { randomInt } from 'node:crypto';
import { type Claimed, type ClaimingAgent, type TaskRunBody } from '#libs/contracts';
import type { Tracing } from '#libs/tracing';
import { nonceSpan, type TaskRunState, type WorkflowRunState } from '../domain';
import { toTaskBody } from '../read/run-body';

export function agentContext({ id, tokenId, origin }: ClaimingAgent) {
  return { metadata: { actor: `agent:${id}`, ...origin, tokenId } };
}

export function asItIs(state: WorkflowRunState, now: number) {
  return { state, now };
}

export function claimer({ id: agentId, tokenId }: ClaimingAgent) {
  return { agentId, tokenId, nonce: newNonce() };
}

export function newNonce(): number {
  return randomInt(nonceSpan);
}

/** A task as the agent gets it that has claimed it: with its secrets, its fence and its place in a trace. */
export function claimedTask(
  state: WorkflowRunState,
  task: TaskRunState,
  now: number,
  shown: Parameters<typeof toTaskBody>[3],
  tracing: Tracing,
): Claimed<TaskRunBody> {
  const traceparent = tracing.traceparentOfTry(state, task);
  return {
    ...toTaskBody(state, task, now, shown),
    fence: task.fence,
    ...(traceparent !== undefined && { traceparent }),
  };
}
