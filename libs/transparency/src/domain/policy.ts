import { keyTypes, parseVerifierKey, type VerifierKey } from './note-keys';

/** A witness of a policy. */
export interface PolicyWitness {
  readonly key: VerifierKey;
  /** Where it is asked; absent: it is only known. */
  readonly url?: string;
}

/** Whose signatures a checkpoint needs: C2SP tlog-policy. */
export interface Policy {
  readonly logs: readonly VerifierKey[];
  readonly witnesses: readonly PolicyWitness[];
  /** Whether the cosignatures of these witnesses are enough. */
  readonly isQuorum: (keys: readonly VerifierKey[]) => boolean;
}

type Rule = (keys: readonly VerifierKey[]) => boolean;

/** The policy of a log without witnesses. */
export const noPolicy: Policy = { logs: [], witnesses: [], isQuorum: () => true };

/** @throws Error that names the line, if the text is no policy. */
export function parsePolicy(text: string): Policy {
  const logs: VerifierKey[] = [];
  const witnesses: PolicyWitness[] = [];
  const rules = new Map<string, Rule>();
  let quorum: Rule | undefined;
  text.split('\n').forEach((line, index) => {
    const words = line.split(/\s+/).filter((word) => word !== '');
    const [kind, ...given] = words;
    if (kind === undefined || kind.startsWith('#')) return;
    const wrong = (why: string): Error => new Error(`Line ${index + 1} of the policy ${why}`);
    const ruleNamed = (name = ''): Rule => {
      const rule = rules.get(name);
      if (!rule) throw wrong(`names ${JSON.stringify(name)}, which no line before it defines.`);
      return rule;
    };
    const define = (name: string, rule: Rule): void => {
      if (name === 'none' || rules.has(name)) throw wrong(`defines ${JSON.stringify(name)} again.`);
      rules.set(name, rule);
    };
    const keyOf = (key: string, type: number): VerifierKey => {
      const parsed = attempt(() => parseVerifierKey(key));
      if (parsed?.type !== type) throw wrong(`must have the key of a ${type === keyTypes.log ? 'log' : 'witness'}.`);
      return parsed;
    };
    const [name = '', second = '', ...rest] = given;
    if (kind === 'log' && given.length <= 2 && given.length > 0) logs.push(keyOf(name, keyTypes.log));
    else if (kind === 'witness' && given.length >= 2 && given.length <= 3) {
      const [url] = rest;
      if (url !== undefined && !/^https?:$/.test(attempt(() => new URL(url).protocol) ?? '')) {
        throw wrong('must have a URL that begins with https:// or http://.');
      }
      const key = keyOf(second, keyTypes.witness);
      witnesses.push({ key, ...(url !== undefined && { url }) });
      define(name, (keys) => keys.some(({ id, name: own }) => own === key.name && id.equals(key.id)));
    } else if (kind === 'group' && rest.length > 0) {
      const members = rest.map(ruleNamed);
      const least = second === 'any' ? 1 : second === 'all' ? members.length : Number(second);
      if (!Number.isInteger(least) || least < 1 || least > members.length) {
        throw wrong(`must have any, all or a number from 1 to ${members.length} after the name of the group.`);
      }
      define(name, (keys) => members.filter((member) => member(keys)).length >= least);
    } else if (kind === 'quorum' && given.length === 1 && !quorum) {
      quorum = name === 'none' ? () => true : ruleNamed(name);
    } else {
      throw wrong('must be log <key>, witness <name> <key> [<url>], group <name> <n> <names>, or one quorum <name>.');
    }
  });
  if (!quorum) throw new Error('The policy has no line "quorum <name>" or "quorum none".');
  return { logs, witnesses, isQuorum: quorum };
}

function attempt<Value>(compute: () => Value): Value | null {
  try {
    return compute();
  } catch {
    return null;
  }
}
