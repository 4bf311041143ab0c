/** Shorter secrets would be found everywhere. */
const minLength = 3;
/** The shortest line of a secret that is searched for by itself: the last line of a key may be this short. */
const minLine = 4;
/** The shortest form that is also searched for across line breaks. */
const minFolded = 6;

/**
 * The forms in which a program may print a secret: unchanged, line by line, in base64 of both alphabets, and within
 * base64 of a longer text. `viewsOf` removes the escapes of JSON, URLs and forms, and line breaks within base64.
 */
export function formsOf(secret: string): string[] {
  if (secret.length < minLength) return [];
  const forms = [secret, secret.trim(), ...linesOf(secret), ...base64Of(secret)];
  return [...new Set(forms)].filter((form) => form.length >= minLength);
}

/** Those of the forms that are also found across line breaks. */
export function isFolded(form: string): boolean {
  return form.length >= minFolded && !/\s/.test(form);
}

function linesOf(secret: string): string[] {
  const lines = secret.split(/\r\n|\r|\n/);
  return lines.length === 1 ? [] : lines.map((line) => line.trim()).filter((line) => line.length >= minLine);
}

/**
 * The characters that are common to base64 of any text with the secret. Three bytes give four characters, so there are
 * three alignments. Leaves out a character that also depends on the bytes around the secret.
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

/** With its last characters and its padding. */
function wholeBase64(encoded: string): string[] {
  const open = encoded.replace(/={1,2}$/, '');
  return [encoded, open, open.replaceAll('+', '-').replaceAll('/', '_')];
}
