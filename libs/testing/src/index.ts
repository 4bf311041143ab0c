// Tools for specs: databases cloned from a migrated template, a fake clock, a proxy that breaks connections as networks
// do. Only specs import it.
export * from './chance';
export * from './fake-clock';
export * from './once-per-test-run';
export * from './repetitions';
export * from './test-database';
export * from './tcp-proxy';
export * from './until';
