import { mapTexts } from './mask';

/** Shorter ones would be found everywhere. */
const minLength = 3;
/** Lines of a secret that are looked for by themselves are at least this long. */
const minLine = 8;

/** The forms in which a program may print a secret: as it is, line by line, escaped for JSON or a URL, in base64. */
export function formsOf(secret: string): string[] {
  if (secret.length < minLength) return [];
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= minLine);
  const forms = [
    secret,
    secret.trim(),
    ...lines,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(secret).toString('base64url'),
  ];
  return [...new Set(forms)].filter((form) => form.length >= minLength).sort((a, b) => b.length - a.length);
}

/**
 * Seals each secret that a value holds, in any of its forms, so that it opens to what was there.
 * @param secrets plain texts.
 */
export function sealKnown<Value>(value: Value, secrets: Iterable<string>, seal: (text: string) => string): Value {
  const forms = [...new Set([...secrets].flatMap(formsOf))].sort((a, b) => b.length - a.length);
  if (forms.length === 0) return value;
  const any = new RegExp(forms.map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g');
  return mapTexts(value, (text) => text.replace(any, seal));
}

/**
 * Overwrites every form of the secrets in output with `*`, byte for byte, so that offsets stay. Answers how many bytes it changed.
 */
export function overwriteKnown(output: Buffer, secrets: Iterable<string>): number {
  let changed = 0;
  for (const secret of secrets) {
    for (const form of formsOf(secret)) {
      const bytes = Buffer.from(form);
      for (let at = output.indexOf(bytes); at >= 0; at = output.indexOf(bytes, at + bytes.length)) {
        output.fill('*', at, at + bytes.length);
        changed += bytes.length;
      }
    }
  }
  return changed;
}
