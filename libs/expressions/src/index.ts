// What users write to pick values and to compare them: paths into JSON, and regular expressions; both within bounds.
// It must not know what the values are for.
export * from './bounds';
export * from './expression-error';
export * from './path';
export * from './pattern';
export * from './pattern-set';
export * from './work';
