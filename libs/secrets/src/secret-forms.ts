/** Shorter ones would be found everywhere. */
const minLength = 3;
/** Lines of a secret that are looked for by themselves are at least this long: the last line of a key may be as short as this. */
const minLine = 4;
/** Forms that are also looked for across line breaks are at least this long. */
const minFolded = 6;

/**
 * The forms in which a program may print a secret: as it is, line by line, in base64 of both alphabets, also where base64 is of a longer
 * text that holds the secret. Escapes of JSON, URLs and forms, and line breaks within base64, are what `viewsOf` takes away.
 */
export function formsOf(secret: string): string[] {
  if (secret.length < minLength) return [];
  const forms = [secret, secret.trim(), ...linesOf(secret), ...base64Of(secret)];
  return [...new Set(forms)].filter((form) => form.length >= minLength);
}

/** Those of the forms that are found across line breaks too. */
export function isFolded(form: string): boolean {
  return form.length >= minFolded && !/\s/.test(form);
}

function linesOf(secret: string): string[] {
  const lines = secret.split(/\r\n|\r|\n/);
  return lines.length === 1 ? [] : lines.map((line) => line.trim()).filter((line) => line.length >= minLine);
}

/**
 * What base64 of any text that holds the secret has in common. Three bytes make four characters, so that there are three ways to begin. A
 * character that also tells of the bytes around the secret is no part of it.
 */
function base64Of(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const from = Math.ceil((before * 4) / 3);
    const to = Math.floor(((before + bytes.length) * 4) / 3);
    const inner = encoded.slice(from, to);
    if (inner.length < minLine) return [];
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_'), ...(before === 0 ? wholeBase64(encoded) : [])];
  });
}

/** With its last characters and its filling. */
function wholeBase64(encoded: string): string[] {
  const open = encoded.replace(/={1,2}$/, '');
  return [encoded, open, open.replaceAll('+', '-').replaceAll('/', '_')];
}
