import { personalPattern, PersonalValues } from '#libs/personal';
import { mapTexts } from '#libs/secrets';
import type { Pool } from 'pg';

/** Opens personal values in what a command prints, or says that they are erased. */
export type Opener = <Value>(value: Value) => Promise<Value>;

/** With the keys of the database. */
export function openerOf(pool: Pool): Opener {
  const personal = new PersonalValues(pool);
  return (value) => personal.openAll(value);
}

/** Without any key: as for a file alone. */
export const closed: Opener = (value) =>
  Promise.resolve(mapTexts(value, (text) => text.replace(personalPattern, 'sealed (its key is in the database)')));
