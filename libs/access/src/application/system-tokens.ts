import { randomUUID } from 'node:crypto';
import { type Clock, CLOCK, newId, type Permission } from '#libs/kernel';
import { CommandProcessor } from '#libs/ledger';
import { Injectable, Inject } from '@nestjs/common';
import { tokenText } from '../domain';
import { AccessStore, sha256 } from '../read/access-store';
import { tokenCategory } from './categories';

const metadata = { actor: 'system:start' };

/** Tokens that the server itself sees to: the administrator's first, and the local agent's. */
@Injectable()
export class SystemTokens {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly store: AccessStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Sees to it that the configured administrator's token is known. Without one configured, makes one where there is no global
   * token yet, and answers it: the only time that it can be shown. To be called under a lock, since starters race.
   */
  async ensureAdmin(configured: string | undefined): Promise<string | null> {
    if (configured !== undefined) {
      const known = await this.store.findToken(configured);
      if (!known) await this.create('administrator', configured, ['**/**']);
      return null;
    }
    if (await this.store.hasGlobalToken()) return null;
    return this.newAdmin();
  }

  /** One more administrator's token; those there are stay as they are. */
  async newAdmin(): Promise<string> {
    const text = tokenText('global', randomUUID());
    await this.create('administrator', text, ['**/**']);
    return text;
  }

  /** Sees to it that this token is known, for agents of every team: it lets them do an agent's work and nothing else. Under a lock. */
  async ensureAgents(configured: string): Promise<void> {
    if (!(await this.store.findToken(configured))) await this.create('agents', configured, ['taskrun/action']);
  }

  /** A fresh global token of that name; `release` revokes it. */
  async issue(
    name: string,
    permissions: readonly Permission[],
  ): Promise<{ text: string; release: () => Promise<void> }> {
    const text = tokenText('global', randomUUID());
    const id = await this.create(name, text, permissions);
    return { text, release: () => this.revoke(id) };
  }

  /** Revokes what a server that was killed has left behind. */
  async revokeNamed(name: string): Promise<void> {
    for (const id of await this.store.idsOfTokensNamed(name)) await this.revoke(id);
  }

  private async create(name: string, text: string, permissions: readonly Permission[]): Promise<string> {
    const now = this.clock.now();
    const token = {
      id: newId(now),
      type: 'global' as const,
      principal: null,
      teamId: null,
      sha256: sha256(text),
      name,
      description: null,
      permissions,
      creationDate: now,
      expirationDate: null,
    };
    await this.processor.execute(tokenCategory, {
      streamId: token.id,
      command: { type: 'CreateToken', token },
      metadata,
    });
    this.store.forget();
    return token.id;
  }

  private async revoke(id: string): Promise<void> {
    const command = { type: 'RevokeToken' as const, now: this.clock.now() };
    await this.processor.execute(tokenCategory, { streamId: id, command, metadata });
    this.store.forget();
  }
}
