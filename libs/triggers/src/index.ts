// What makes runs by itself or from outside: schedules, webhooks, CloudEvents; and callbacks to runs that wait.
// It must not know how a run goes: it asks for runs, and hands events to them, over the bus.
export { TriggersModule } from './triggers.module';
export { TriggersWorker } from './application/triggers-worker';
export { scheduleCategory } from './application/schedule-category';
