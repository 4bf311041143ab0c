// The rules of a transparency log, as RFC 6962 and C2SP state them: tree, tiles, entries, signed notes, checkpoints,
// cosignatures, proofs, policies. No I/O and no clock.
export * from './checkpoint';
export * from './entry';
export * from './merkle-tree';
export * from './note-keys';
export * from './policy';
export * from './proof-file';
export * from './sha256';
export * from './signed-note';
export * from './tiles';
