// What the benchmarks share: a PostgreSQL and a server to measure, a load generator, scripted agents, floors, and the table of figures.
// It must not know what a single benchmark measures.
export * from './bench';
export * from './client';
export * from './crew';
export * from './figures';
export * from './floor';
export * from './in-process';
export * from './meter';
export * from './past';
export * from './report';
export * from './run-crowd';
export * from './samples';
export * from './server';
export * from './settings';
export * from './time-run';
export * from './usage';
export * from './workflows';
