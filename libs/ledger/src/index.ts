// The ledger: appends events in one total, gapless, hash-chained order; reads them back; runs commands in group commits;
// feeds subscriptions.
// It must not know what a run, a workflow or a token is: categories of streams are registered with it.
export * from './answer';
export * from './append';
export * from './command-processor';
export * from './event-digest';
export * from './load-states';
export * from './read-ledger';
export * from './stream-category';
export * from './subscription';
export * from './timers';
export * from './types';
export * from './upcasters';
export * from './verify-chain';
export * from './wake-ups';
