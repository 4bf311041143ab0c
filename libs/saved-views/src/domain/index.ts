export * from './saved-views';
