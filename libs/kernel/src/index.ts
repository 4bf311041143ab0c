// What every room shares: the decider interface, the clock, ids, canonical JSON, the words of the API, tokens, types of params,
// and user-facing errors. No package, no I/O. It must not know what happens to a run, a team or a database.
export * from './actions';
export * from './assert-never';
export * from './canonical-json';
export * from './claims';
export * from './clock';
export * from './command-context';
export * from './decider';
export * from './declaration-checks';
export * from './errors';
export * from './ids';
export * from './list-place';
export * from './permissions';
export * from './json';
export * from './json-bytes';
export * from './json-difference';
export * from './param-value';
export * from './param-variable';
export * from './reason';
export * from './result-paths';
export * from './rfc-3339';
export * from './sealed-start';
export * from './system-params';
export * from './template';
export * from './time';
export * from './turns';
export * from './words';
export { formerNamesAfter } from './former-names';
