// What rooms and programs exchange: schemas of HTTP bodies, and messages on the bus. It must not know how anything is
// stored or decided.
export * from './audit';
export * from './access';
export * from './archive-messages';
export * from './action';
export * from './agent';
export * from './erasure';
export * from './agent-overview';
export * from './event-stream';
export * from './history';
export * from './history-messages';
export * from './ignored-fields';
export * from './insights';
export * from './json';
export * from './reach';
export * from './lock-messages';
export * from './run';
export * from './run-messages';
export * from './schedule';
export * from './task';
export * from './task-messages';
export * from './trail';
export * from './workflow';
export type * from './stream-version';
export * from './workflow-revision';
