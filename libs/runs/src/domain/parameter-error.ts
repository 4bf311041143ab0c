/** A param or token cannot be resolved: it names nothing, refers to itself, or exceeds a bound. */
export class ParameterError extends Error {}
