// What specs need: databases cloned from a migrated template, and a clock that they move.
// Nothing but specs imports it.
export * from './fake-clock';
export * from './test-database';
