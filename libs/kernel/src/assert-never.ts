/** Closes a `switch` over a union: a missing case does not compile, and throws if it ever runs. */
export function assertNever(value: never): never {
  throw new Error(`Unhandled case: ${JSON.stringify(value)}`);
}
