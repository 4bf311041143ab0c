// Starts runs by time or from outside: schedules, webhooks, CloudEvents; and passes callbacks to waiting runs. It must
// not know how runs work: it requests runs, and delivers events to them, over the bus.
export { TriggersModule } from './triggers.module';
export { TriggersWorker } from './application/triggers-worker';
export { scheduleCategory } from './application/schedule-category';
export { scheduleEventSchemas } from './domain/event-schemas';
