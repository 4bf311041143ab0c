// Secrets at rest: seals texts with a key that is not in the database, opens them for callers who may see them, and
// masks them for everybody else. It must not know what the texts are for.
export * from './bounds';
export * from './mask';
export * from './redact';
export * from './sealed-declarations';
export * from './secret-box';
export * from './secret-finder';
export * from './secret-forms';
export * from './secret-key';
