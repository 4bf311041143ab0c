/** A value as it is: a text without quotes, everything else as JSON. */
export function Json({ value }: { readonly value: unknown }) {
  if (value === undefined || value === null) return <span className="soft">none</span>;
  if (typeof value === 'string') return <pre className="json">{value}</pre>;
  return <pre className="json">{JSON.stringify(value, null, 2)}</pre>;
}
