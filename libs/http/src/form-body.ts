import { RefusedError } from '#libs/kernel';

/**
 * What a form says: with a field `payload` that is JSON, as GitHub and Slack send it, the value of that; else an object of its fields, those
 * that come more than once as lists.
 * @param maxFields fields; more are refused before they are read.
 * @throws RefusedError BAD_REQUEST
 */
export function formBody(text: string, maxFields: number, readJson: (text: string) => unknown): unknown {
  let fields = 1;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
    if (++fields > maxFields) throw new RefusedError('BAD_REQUEST', `The form holds more than ${maxFields} fields.`);
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

/** Percent signs that stand for bytes which are no UTF-8: the reader of forms would put other characters in their place. */
function refuseBrokenBytes(text: string): void {
  for (const run of text.match(/(?:%[0-9a-f]{2})+/gi) ?? []) {
    try {
      decodeURIComponent(run);
    } catch {
      throw new RefusedError(
        'BAD_REQUEST',
        `The form holds bytes that are no UTF-8 (${run.slice(0, 60)}): send UTF-8, percent-encoded.`,
      );
    }
  }
}
