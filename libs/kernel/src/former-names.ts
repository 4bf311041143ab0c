/** Names that a thing is remembered by after it was renamed: 20, the latest first. */
const maxFormerNames = 20;

/** What has a name that is only a label: links by an older one can be told where it went. */
export interface Named {
  readonly name: string;
  /** Absent where it was never renamed. */
  readonly formerNames?: readonly string[];
}

/** The former names once it is called `name`. */
export function formerNamesAfter(before: Named, name: string): Pick<Named, 'formerNames'> {
  const known = before.formerNames ?? [];
  if (name === before.name) return known.length > 0 ? { formerNames: known } : {};
  const names = [before.name, ...known].filter((each) => each !== name);
  return { formerNames: names.slice(0, maxFormerNames) };
}
