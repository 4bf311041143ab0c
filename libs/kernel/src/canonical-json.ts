/**
 * JSON text that is the same for equal values: object keys sorted by code unit, no white space, no `undefined` members.
 * The ledger hashes it, so it must survive a round trip through PostgreSQL's `jsonb`, which loses key order.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') {
    const text = JSON.stringify(value) as string | undefined;
    return text ?? 'null';
  }
  if (Array.isArray(value)) {
    let out = '[';
    for (let i = 0; i < value.length; i++) {
      if (i > 0) out += ',';
      out += canonicalJson(value[i]);
    }
    return out + ']';
  }
  if (value instanceof Date) return JSON.stringify(value);
  const record = value as Record<string, unknown>;
  let out = '{';
  for (const key of Object.keys(record).sort()) {
    const member = record[key];
    if (member === undefined) continue;
    if (out.length > 1) out += ',';
    out += JSON.stringify(key) + ':' + canonicalJson(member);
  }
  return out + '}';
}

/**
 * The same text in pieces: each member of the upper levels is one piece, so that other work can run between the pieces
 * of a large value.
 */
export function* canonicalPieces(value: unknown, levels: number): Generator<string> {
  if (levels === 0 || value === null || typeof value !== 'object' || value instanceof Date) {
    yield canonicalJson(value);
  } else if (Array.isArray(value)) {
    let opening = '[';
    for (const member of value as readonly unknown[]) {
      yield opening;
      yield* canonicalPieces(member, levels - 1);
      opening = ',';
    }
    yield opening === '[' ? '[]' : ']';
  } else {
    let opening = '{';
    for (const key of Object.keys(value).sort()) {
      const member = (value as Record<string, unknown>)[key];
      if (member === undefined) continue;
      yield opening + JSON.stringify(key) + ':';
      yield* canonicalPieces(member, levels - 1);
      opening = ',';
    }
    yield opening === '{' ? '{}' : '}';
  }
}
