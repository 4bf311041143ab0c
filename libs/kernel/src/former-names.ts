/** The most former names that the server remembers, latest first. */
const maxFormerNames = 20;

/** A thing with a name that can change; an error about an old name can say the new one. */
export interface Named {
  readonly name: string;
  /** Absent if it was never renamed. */
  readonly formerNames?: readonly string[];
}

/** The former names after a rename to `name`. */
export function formerNamesAfter(before: Named, name: string): Pick<Named, 'formerNames'> {
  const known = before.formerNames ?? [];
  if (name === before.name) return known.length > 0 ? { formerNames: known } : {};
  const names = [before.name, ...known].filter((each) => each !== name);
  return { formerNames: names.slice(0, maxFormerNames) };
}
