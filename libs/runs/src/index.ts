// Runs: submit, start, finalize, cancel, retry; search and count; the decisions on their tasks; what they ask of the world.
// It must not know how workflows are defined, who holds which token, who decides on actions, how agents are found, or who is next for a
// lock: it asks over the bus.
export { createRunCategory, RUN_CATEGORY, type RunCategory, runUpcasters } from './application/run-category';
export { RunPlans } from './application/run-plans';
export { readLandmarks, readSpeakingLandmarks, type RunView } from './application/views/run-view';
export { createRunViews } from './application/views/run-views';
export { LiveRuns } from './application/live/live-runs';
export { TraceExport } from './application/traces/trace-export';
export { readRunFigures } from './read/run-figures';
export { counterSweepers } from './application/counter-sweepers';
export { LabelCounter } from './application/label-counter';
export { RunsWorker } from './process/runs-worker';
export { ViewFollowers } from './application/views/view-followers';
export * from './domain';
export { RunsModule } from './runs.module';
export { runEventSchemas } from './domain/event-schemas';
