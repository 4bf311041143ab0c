export * from './graph-problems';
export * from './workflow';
