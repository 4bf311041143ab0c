export * from './commands';
export * from './decider';
export * from './events';
export * from './graph';
export * from './parameters';
export * from './submission';
export * from './types';
