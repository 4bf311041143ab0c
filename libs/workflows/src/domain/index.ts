export * from './graph-problems';
export * from './precedence';
export * from './workflow';
