// Bulk jobs: one action on many runs, chosen at one moment, worked through in the background, with an outcome for each.
// It must not know what cancels or retries a run, nor which runs fit a filter: it asks over the bus.
export { bulkCategory } from './application/bulk-category';
export { BulkModule } from './bulk.module';
export { bulkEventSchemas } from './domain/event-schemas';
export { BulkWorker } from './process/bulk-worker';
