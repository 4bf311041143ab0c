// Runs: submit, start, finalize, cancel, retry; search and count; agents' reports; timers. It must not know how
// workflows are defined, who holds which token, or how agents are found: it asks over the bus.
export { createRunCategory, RUN_CATEGORY } from './application/run-category';
export { RunsWorker } from './application/runs-worker';
export * from './domain';
export { RunsModule } from './runs.module';
export { LogReaders } from './application/log-readers';
export { lockCategory } from './application/effects/lock-category';
