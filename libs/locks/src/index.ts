// Locks: the named locks of a team, each with its holder and its queue.
// It must not know what a run does while it holds one: it tells holders over the bus.
export { lockCategory } from './application/lock-category';
export * from './domain';
export { LocksModule } from './locks.module';
export { LocksWorker } from './process/locks-worker';
export { lockEventSchemas } from './domain/event-schemas';
