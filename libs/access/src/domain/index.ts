export * from './permissions';
export * from './global-parameters';
export * from './members';
export * from './team';
export * from './token';
export * from './person';
export * from './principal';
