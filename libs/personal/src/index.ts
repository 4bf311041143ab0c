// Personal values at rest: seals names and addresses with a key of the person whom they are about, and opens them while
// that key is there. It must not know what the values are for.
export * from './erased';
export * from './personal-key';
export * from './personal-values';
