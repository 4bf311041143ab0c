/** Closes a `switch` over a union: a case that is missing fails to compile, and throws should it ever run. */
export function assertNever(value: never): never {
  throw new Error(`Unhandled case: ${JSON.stringify(value)}`);
}
