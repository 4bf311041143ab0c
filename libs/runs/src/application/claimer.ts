import { randomInt } from 'node:crypto';
import { type ClaimingAgent } from '#libs/contracts';
import { nonceSpan, type WorkflowRunState } from '../domain';

export function agentContext({ id, tokenId, origin }: ClaimingAgent) {
  return { metadata: { actor: `agent:${id}`, ...origin, tokenId } };
}

export function asItIs(state: WorkflowRunState, now: number) {
  return { state, now };
}

export function claimer({ id: agentId, tokenId }: ClaimingAgent) {
  return { agentId, tokenId, nonce: randomInt(nonceSpan) };
}
