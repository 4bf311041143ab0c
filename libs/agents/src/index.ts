// Agents: who they are, what waits for them, what they hold and until when.
// It must not know the rules of runs: claims and ends of leases are commands over the bus.
export { AgentsModule } from './agents.module';
