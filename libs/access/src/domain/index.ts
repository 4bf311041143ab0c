export * from './permissions';
export * from './team';
export * from './token';
export * from './principal';
