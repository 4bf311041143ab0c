// Erasure: what is known of a person is forgotten by throwing away the keys of what was sealed, and the ledger says so.
// It must not know where sealed values stand.
export { erasureCategory } from './application/erasure-category';
export { KeyShredder } from './application/key-shredder';
export { erasureEventSchemas } from './domain/event-schemas';
export { ErasureModule } from './erasure.module';
