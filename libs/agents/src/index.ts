// Agents: who they are, what waits for them, what they hold and until when, what they report, and what their tasks print.
// It must not know the rules of runs: claims, reports and ends of leases are commands over the bus.
export { AgentsModule } from './agents.module';
export { AgentsWorker } from './application/agents-worker';
export { Dispatcher } from './application/dispatcher';
export { LogReaders } from './application/log-readers';
export { readQueueFigures } from './application/queue-figures';
export { queueTopics } from './application/queue-store';
export { LEASE_SECONDS } from './application/leases';
