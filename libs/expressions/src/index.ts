// Expressions that users write to select and compare values: paths into JSON, and regular expressions, both with
// bounds. It must not know what the values are for.
export * from './bounds';
export * from './expression-error';
export * from './path';
export * from './pattern';
export * from './pattern-set';
export * from './work';
