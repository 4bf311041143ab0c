import { isDeepStrictEqual } from 'node:util';
import { derivedId, newId, RefusedError, type ReceiptKey } from '#libs/kernel';
import { keyReused } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { type Agent, AgentStore } from './agent-store';
import { forgottenDays, maxAgentsOfToken, silentSeconds } from './bounds';

/** How many agents to remove at once, so that not every registration has to search for one. */
const makingRoom = 100;

/** Registers agents, and forgets silent ones. */
@Injectable()
export class Registration {
  constructor(private readonly agents: AgentStore) {}

  /**
   * @param receipt the registration's `Idempotency-Key`: for one key, a token has one agent, as long as the server
   * remembers it.
   * @throws RefusedError QUOTA_EXCEEDED if the token has too many agents, and none is silent; IDEMPOTENCY_KEY_REUSED.
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
      `${maxAgentsOfToken} agents are registered with this token, which is the most. An agent that holds nothing and has been silent ` +
        `for ${silentSeconds} s makes room; use another token for more.`,
    );
  }

  /** Forgets agents that have been silent for long, of any token. */
  async forgetSilent(): Promise<void> {
    while ((await this.agents.forgetSilent(forgottenDays * 86_400, 1000)) === 1000);
  }
}
