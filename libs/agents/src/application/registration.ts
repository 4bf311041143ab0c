import { isDeepStrictEqual } from 'node:util';
import { derivedId, newId, RefusedError, type ReceiptKey } from '#libs/kernel';
import { keyReused } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { type Agent, AgentStore } from './agent-store';
import { forgottenDays, maxAgentsOfToken, silentSeconds } from './bounds';

/** Agents that make room at once, so that not every registration has to look for one. */
const makingRoom = 100;

/** Takes agents in, and forgets those that are silent. */
@Injectable()
export class Registration {
  constructor(private readonly agents: AgentStore) {}

  /**
   * @param receipt the registration's `Idempotency-Key`: under one key a token has one agent, for as long as that is remembered.
   * @throws RefusedError QUOTA_EXCEEDED where the token has as many agents as may be, and none is silent; IDEMPOTENCY_KEY_REUSED.
   */
  async register(wanted: Omit<Agent, 'id'>, receipt?: ReceiptKey): Promise<Agent> {
    const id = receipt ? derivedId(receipt.scope, 'agent', receipt.key) : newId();
    const agent = { id, ...wanted };
    if (await this.agents.register(agent, maxAgentsOfToken)) return agent;
    const known = receipt ? await this.agents.find(id) : null;
    if (known && !isDeepStrictEqual(known, agent)) throw keyReused();
    if (known) return known;
    await this.agents.forgetSilent(silentSeconds, makingRoom, agent.tokenId);
    if (await this.agents.register(agent, maxAgentsOfToken)) return agent;
    throw new RefusedError(
      'QUOTA_EXCEEDED',
      `${maxAgentsOfToken} agents are registered with this token, and no more may be. An agent that holds nothing and has been silent ` +
        `for ${silentSeconds} s makes room; use another token for more.`,
    );
  }

  /** Forgets those that nobody has heard of for long, whatever their token. */
  async forgetSilent(): Promise<void> {
    while ((await this.agents.forgetSilent(forgottenDays * 86_400, 1000)) === 1000);
  }
}
