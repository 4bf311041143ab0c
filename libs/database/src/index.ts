// The database: connections, migrations, partitions, the advisory lock, and a PostgreSQL of our own for a single machine.
// It must not know what the tables mean.
export * from './advisory-lock';
export * from './data-source';
export * from './embedded/embedded-postgres';
export * from './event-partitions';
export * from './migrate';
export * from './read-page';
export * from './schema-text';
