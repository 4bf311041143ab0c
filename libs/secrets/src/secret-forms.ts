/** Shorter ones would be found everywhere. */
const minLength = 3;
/** Lines of a secret that are looked for by themselves are at least this long. */
const minLine = 8;

/** The forms in which a program may print a secret: as it is, line by line, escaped for JSON or a URL, in base64. */
export function formsOf(secret: string): string[] {
  if (secret.length < minLength) return [];
  const base64 = Buffer.from(secret).toString('base64');
  const forms = [
    secret,
    secret.trim(),
    ...secret.split(/\r?\n/).filter((line) => line.length >= minLine),
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    base64,
    base64.replace(/={1,2}$/, ''),
    Buffer.from(secret).toString('base64url'),
  ];
  return [...new Set(forms)].filter((form) => form.length >= minLength);
}
