// Tools for specs: databases cloned from a migrated template, a fake clock, a proxy that breaks connections as networks
// do. Only specs import it.
export * from './fake-clock';
export * from './test-database';
export * from './tcp-proxy';
