// Archives: finished runs leave the database as files, with what proves them. It must not know what a run does: it asks the other contexts for their proofs,
// and the database's own functions remove what is archived.
export { archiveEventSchemas } from './domain/event-schemas';
export { archiveCategory } from './application/archive-category';
export { type ArchiveContent, archiveNames, fileOf, readArchive, readRun } from './application/archive-file';
export { type ArchiveState } from './domain';
export { Archivist } from './application/archivist';
export { Compactor } from './application/compactor';
export { ArchiveModule } from './archive.module';
export { type ArchiveOptions, ArchiveWorker } from './application/archive-worker';
