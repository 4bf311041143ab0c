import { RefusedError } from '#libs/kernel';
import { Injectable } from '@nestjs/common';
import { type Agent, AgentStore } from '../read/agent-store';
import { forgottenDays, maxAgentsOfToken, silentSeconds } from './bounds';

/** Agents that make room at once, so that not every registration has to look for one. */
const makingRoom = 100;

/** Takes agents in, and forgets those that are silent. */
@Injectable()
export class Registration {
  constructor(private readonly agents: AgentStore) {}

  /** @throws RefusedError QUOTA_EXCEEDED where the token has as many agents as may be, and none is silent. */
  async register(agent: Omit<Agent, 'id'>): Promise<Agent> {
    const registered = await this.agents.register(agent, maxAgentsOfToken);
    if (registered) return registered;
    await this.agents.forgetSilent(silentSeconds, makingRoom, agent.tokenId);
    const again = await this.agents.register(agent, maxAgentsOfToken);
    if (again) return again;
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
