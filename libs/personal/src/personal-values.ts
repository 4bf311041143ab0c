import { mapTexts } from '#libs/secrets';
import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import { type Erased, erasedMark } from './erased';
import { holdsPersonal, PersonalKey, personalPattern } from './personal-key';

/** Whom a value is about, and in which team it was recorded; null: outside of any team. */
export interface Subject {
  readonly teamId: string | null;
  /** An actor: `user:<id or e-mail address>`, `token:<id>`, `anonymous`. */
  readonly name: string;
  /** Whose name this is: a member's, where `name` is of an e-mail address. Absent: nobody else's. */
  readonly owner?: string;
}

/** Milliseconds for which a process remembers keys: for so long, another process may still show what was erased. */
const keyMemory = 1000;
/** The most bytes of each memory: keys by subject, keys by id, values that were sealed. */
const maxBytes = 4 * 1024 * 1024;
/** Bytes of an entry beside its texts. */
const entryBytes = 400;

/** A key, or what has become of it. */
type Found = PersonalKey | { readonly erased: Erased | null };

/** The keys of people, by whom they are about and by id, and what was sealed with them. */
export class PersonalValues {
  private readonly bySubject: LRUCache<string, PersonalKey, Subject>;
  private readonly byId = new LRUCache<string, Found>({
    maxSize: maxBytes,
    ttl: keyMemory,
    sizeCalculation: () => entryBytes,
  });
  private readonly forms = new LRUCache<string, readonly string[]>({
    maxSize: maxBytes,
    ttl: keyMemory,
    sizeCalculation: (forms, address) =>
      entryBytes + 2 * forms.reduce((sum, form) => sum + form.length, address.length),
    fetchMethod: (address) => this.readForms(address),
  });
  private readonly sealed = new LRUCache<string, string>({
    maxSize: maxBytes,
    sizeCalculation: (text, place) => entryBytes + 2 * (text.length + place.length),
  });

  constructor(private readonly pool: Pool) {
    this.bySubject = new LRUCache<string, PersonalKey, Subject>({
      maxSize: maxBytes,
      ttl: keyMemory,
      sizeCalculation: (_key, place) => entryBytes + 2 * place.length,
      fetchMethod: (_place, _stale, { context }) => this.readKey(context),
    });
  }

  /** The key of the subject; makes one if there is none. Reads it once a second at most. */
  async key(subject: Subject): Promise<PersonalKey> {
    const { teamId, name, owner = name } = subject;
    return this.bySubject.forceFetch(`${teamId ?? ''} ${name} ${owner}`, { context: subject });
  }

  /** Seals a value, and remembers what it has sealed: thousands of commands come from one address. */
  sealWith(key: PersonalKey, text: string): string {
    const place = `${key.id} ${text}`;
    const known = this.sealed.get(place) ?? key.seal(text);
    this.sealed.set(place, known);
    return known;
  }

  /** Seals a value; one that is sealed already stays as it is. */
  async seal(subject: Subject, text: string): Promise<string> {
    return holdsPersonal(text) ? text : this.sealWith(await this.key(subject), text);
  }

  /** An e-mail address as it is sealed in each team that knows it. Read once a second at most. */
  sealedForms(address: string): Promise<readonly string[]> {
    return this.forms.forceFetch(address);
  }

  private async readForms(address: string): Promise<readonly string[]> {
    const { rows } = await this.pool.query<{ key: Buffer }>({
      name: 'personal_keys_named',
      text: 'select key from personal_key where subject = $1',
      values: [`user:${address}`],
    });
    return rows.map(({ key }) => this.sealWith(new PersonalKey(key), address));
  }

  /** The text with its sealed values opened, or marked as erased. `written`: how a value is written in such a text. */
  async open(text: string, written: (value: string) => string = (value) => value): Promise<string> {
    if (!holdsPersonal(text)) return text;
    return opened(text, await this.find(idsIn(text)), written);
  }

  /** The JSON value with its sealed values opened, or marked as erased. */
  async openAll<Value>(value: Value): Promise<Value> {
    const ids = new Set<string>();
    mapTexts(value, (text) => {
      if (holdsPersonal(text)) for (const id of idsIn(text)) ids.add(id);
      return text;
    });
    if (ids.size === 0) return value;
    const found = await this.find(ids);
    return mapTexts(value, (text) => (holdsPersonal(text) ? opened(text, found) : text));
  }

  /** Keys have gone: nothing of them is remembered in this process. */
  forget(): void {
    this.bySubject.clear();
    this.byId.clear();
    this.forms.clear();
    this.sealed.clear();
  }

  private async readKey({ teamId, name, owner = name }: Subject): Promise<PersonalKey> {
    const made = PersonalKey.random();
    const { rows } = await this.pool.query<{ key: Buffer }>({
      name: 'personal_key',
      text: 'select personal_key_of($1, $2, $3, $4, $5) as key',
      values: [teamId, name, owner, made.id, made.bytes],
    });
    this.forms.delete(name.replace(/^user:/, ''));
    return new PersonalKey(rows[0]?.key ?? made.bytes);
  }

  private async find(ids: ReadonlySet<string>): Promise<ReadonlyMap<string, Found>> {
    const found = new Map([...ids].map((id) => [id, this.byId.get(id)] as const));
    const unknown = [...found].flatMap(([id, known]) => (known ? [] : [id]));
    if (unknown.length > 0) {
      const { rows } = await this.pool.query<{ id: string; key: Buffer | null; erased: Erased | null }>({
        name: 'personal_keys',
        text: `select i.id, k.key, e.erased
                 from unnest($1::text[]) as i(id) left join personal_key k on k.id = i.id
                      left join lateral (select jsonb_build_object('at', state -> 'at', 'by', state -> 'by') as erased
                                           from erasure where state -> 'keys' ? i.id limit 1) as e on k.id is null`,
        values: [unknown],
      });
      for (const { id, key, erased } of rows) {
        const each = key ? new PersonalKey(key) : { erased };
        found.set(id, each);
        this.byId.set(id, each);
      }
    }
    return found as ReadonlyMap<string, Found>;
  }
}

function idsIn(text: string): Set<string> {
  return new Set([...text.matchAll(personalPattern)].map(([, id = '']) => id));
}

function opened(text: string, found: ReadonlyMap<string, Found>, written = (value: string) => value): string {
  return text.replace(personalPattern, (_whole, id: string, payload: string) => {
    const key = found.get(id);
    const value = key instanceof PersonalKey ? key.open(payload) : erasedMark(key?.erased ?? null);
    return written(value ?? erasedMark(null));
  });
}
