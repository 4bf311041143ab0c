import { RefusedError } from '#libs/kernel';

/**
 * The body in a form: if it has a field `payload` with JSON, as from GitHub and Slack, that value; else an object of
 * its fields, with lists for repeated fields.
 * @param maxFields the most fields; refuses more before it reads them.
 * @throws RefusedError BAD_REQUEST
 */
export function formBody(text: string, maxFields: number, readJson: (text: string) => unknown): unknown {
  let fields = 1;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
    if (++fields > maxFields) throw new RefusedError('BAD_REQUEST', `The form has more than ${maxFields} fields.`);
  }
  refuseBrokenBytes(text);
  const form = new URLSearchParams(text);
  const payloads = form.getAll('payload');
  if (payloads.length === 1 && /^\s*[{[]/.test(payloads[0] ?? '')) return readJson(payloads[0] ?? '');
  const values = new Map<string, string[]>();
  for (const [name, value] of form) {
    const known = values.get(name);
    if (known) known.push(value);
    else values.set(name, [value]);
  }
  return Object.fromEntries([...values].map(([name, all]) => [name, all.length === 1 ? all[0] : all]));
}

/** Percent signs that encode invalid UTF-8: the form parser would replace these characters. */
function refuseBrokenBytes(text: string): void {
  for (const run of text.match(/(?:%[0-9a-f]{2})+/gi) ?? []) {
    try {
      decodeURIComponent(run);
    } catch {
      throw new RefusedError(
        'BAD_REQUEST',
        `The form has bytes that are not UTF-8 (${run.slice(0, 60)}): send UTF-8, percent-encoded.`,
      );
    }
  }
}
