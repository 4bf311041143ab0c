// Tools for specs: databases cloned from a migrated template, a fake clock, a proxy that breaks connections as networks
// do, seeded runs. Only specs and benchmarks import it.
export * from './chance';
export * from './fake-clock';
export * from './once-per-test-run';
export * from './recorded-statements';
export * from './repetitions';
export * from './run-queries';
export * from './seed-runs';
export * from './test-database';
export * from './tcp-proxy';
export * from './until';
