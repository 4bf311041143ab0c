// The database: connections and their loss, migrations, partitions, the advisory lock, and an embedded PostgreSQL for a
// single machine. It must not know what the tables mean.
export * from './advisory-lock';
export * from './await-database';
export * from './conditions';
export * from './connection-loss';
export * from './connections';
export * from './data-source';
export * from './embedded/embedded-postgres';
export { EmbeddedPostgresError } from './embedded/embedded-postgres-error';
export * from './event-partitions';
export * from './limits';
export * from './migrate';
export * from './read-page';
export * from './schema-text';
export { roleWarning, serviceOf, type ServiceRole } from './service-role';
export * from './rounds';
export * from './sweeper';
export * from './unusable-error';
export * from './watched-client';
export * from './with-client';
