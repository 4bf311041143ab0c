// What specs need: databases cloned from a migrated template, a clock that they move, a proxy that does to connections what networks do.
// Nothing but specs imports it.
export * from './chance';
export * from './fake-clock';
export * from './test-database';
export * from './tcp-proxy';
