// The ledger: appends events in one total, gapless, hash-chained order; reads them; runs commands in group commits;
// feeds subscriptions. It must not know what a run, a workflow or a token is: they register categories of streams.
export * from './answer';
export * from './append';
export * from './archived-positions';
export * from './check-head';
export * from './command-options';
export * from './command-processor';
export * from './event-body';
export * from './event-digest';
export * from './ledger-feed';
export * from './ledger-figures';
export * from './load-folded';
export * from './load-states';
export * from './read-history';
export * from './read-ledger';
export * from './read-pages';
export * from './receipt-sweeper';
export { keyReused } from './receipts';
export * from './stream-category';
export * from './stream-moment';
export * from './subscription';
export * from './subscription-lag';
export * from './timers';
export * from './types';
export * from './upcasters';
export * from './verify-chain';
export { columnValues, ViewFunctions } from './view-columns';
export type { CommandOutcome, CommandRequest, ReplayedOutcome } from './waiting-command';
export * from './wake-ups';

// Code that answers requests must distinguish a lost database from a bug, and knows only the ledger.
export { isConnectionLoss, isPassingFault, ReadLimitError } from '#libs/database';
