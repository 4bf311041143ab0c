// Agents: registration, the queue, claims and leases. It must not know the rules of runs: claims and ends of leases are
// commands over the bus.
export { AgentsModule } from './agents.module';
export { AgentsWorker } from './application/agents-worker';
export { Dispatcher } from './application/dispatcher';
export { LEASE_SECONDS } from './application/leases';
