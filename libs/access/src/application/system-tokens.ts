import { randomUUID } from 'node:crypto';
import { newId, type Permission } from '#libs/kernel';
import { CommandProcessor } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { tokenText } from '../domain';
import { AccessStore, sha256 } from '../read/access-store';
import { tokenCategory } from './categories';

const metadata = { actor: 'system:start' };

/** Tokens that the server itself manages: the first administrator's token, and the local agent's. */
@Injectable()
export class SystemTokens {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly store: AccessStore,
  ) {}

  /**
   * Registers the configured administrator's token. If none is configured and no global token exists, creates one and
   * returns it; nobody can show it again later. Call it under a lock, because servers that start at the same time race.
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

  /** Creates another administrator's token; existing tokens stay valid. */
  async newAdmin(): Promise<string> {
    const text = tokenText('global', randomUUID());
    await this.create('administrator', text, ['**/**']);
    return text;
  }

  /** Registers this token for agents of every team; it allows only an agent's work. Call it under a lock. */
  async ensureAgents(configured: string): Promise<void> {
    if (!(await this.store.findToken(configured))) await this.create('agents', configured, ['taskrun/action']);
  }

  /** Creates a global token with this name; `release` revokes it. */
  async issue(
    name: string,
    permissions: readonly Permission[],
  ): Promise<{ text: string; release: () => Promise<void> }> {
    const text = tokenText('global', randomUUID());
    const id = await this.create(name, text, permissions);
    return { text, release: () => this.revoke(id) };
  }

  /** Revokes the tokens that a killed server left behind. */
  async revokeNamed(name: string): Promise<void> {
    for (const id of await this.store.idsOfTokensNamed(name)) await this.revoke(id);
  }

  private async create(name: string, text: string, permissions: readonly Permission[]): Promise<string> {
    const now = Date.now();
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
    const command = { type: 'RevokeToken' as const, now: Date.now() };
    await this.processor.execute(tokenCategory, { streamId: id, command, metadata });
    this.store.forget();
  }
}
