import { RefusedError } from '#libs/kernel';
import { maskSealedIn, SecretBox } from '#libs/secrets';
import { Injectable } from '@nestjs/common';
import { AccessStore } from './access-store';

/** What teams say about the reasons of requests. */
@Injectable()
export class Reasons {
  constructor(
    private readonly store: AccessStore,
    private readonly box: SecretBox,
  ) {}

  /** @throws RefusedError BAD_REQUEST if the team takes the operation only with a reason, and there is none. */
  async require(teamId: string, operation: string | undefined, reason: () => string | undefined): Promise<void> {
    const required = await this.store.requiredReasonsOf(teamId);
    if (!required.some((each) => each === operation) || reason() !== undefined) return;
    throw new RefusedError('BAD_REQUEST', `Header X-Reason is missing: the team requires a reason for ${operation}.`);
  }

  /** The reason as it is kept: without secrets of the team. */
  async kept(teamId: string, reason: string): Promise<string> {
    return maskSealedIn(reason, await this.store.parametersOf(teamId), this.box);
  }
}
