// The ledger: appends events in one total, gapless, hash-chained order; reads them back; runs commands in group commits;
// feeds subscriptions.
// It must not know what a run, a workflow or a token is: categories of streams are registered with it.
export * from './answer';
export * from './append';
export * from './command-processor';
export * from './event-digest';
export * from './load-folded';
export * from './load-states';
export * from './read-ledger';
export * from './receipt-sweeper';
export * from './stream-category';
export * from './subscription';
export * from './timers';
export * from './types';
export * from './upcasters';
export * from './verify-chain';
export type { CommandOutcome, CommandRequest, ReplayedOutcome } from './waiting-command';
export * from './wake-ups';

// Whoever answers requests has to tell a lost database from a fault, and knows the ledger only.
export { isConnectionLoss, isPassingFault } from '#libs/database';
