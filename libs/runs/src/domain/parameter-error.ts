/** A param or token that cannot be resolved: it names nothing, refers to itself, or goes beyond a bound. */
export class ParameterError extends Error {}
