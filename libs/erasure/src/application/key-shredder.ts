import { BackgroundPool } from '#libs/database';
import { PersonalValues } from '#libs/personal';
import { Injectable } from '@nestjs/common';

/** Throws keys away, once the ledger says that they are erased. */
@Injectable()
export class KeyShredder {
  constructor(
    private readonly pool: BackgroundPool,
    private readonly personal: PersonalValues,
  ) {}

  /**
   * Throws away the keys that a recorded erasure names; without one, those of all that are there, as after a restore of
   * an older backup. Answers how many.
   */
  async shred(erasureId: string | null = null): Promise<number> {
    const { rows } = await this.pool.query<{ gone: number }>({
      name: 'personal_keys_erase',
      text: 'select personal_keys_erase($1) as gone',
      values: [erasureId],
    });
    this.personal.forget();
    return rows[0]?.gone ?? 0;
  }
}
