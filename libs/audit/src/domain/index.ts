export * from './actor';
export * from './attempts';
export * from './objects';
