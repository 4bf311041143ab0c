// What every room shares: the decider interface, the clock, ids, canonical JSON, tokens, types of params, and
// user-facing errors. No package, no I/O. It must not know what a run, a team or a database is.
export * from './assert-never';
export * from './canonical-json';
export * from './clock';
export * from './decider';
export * from './declaration-checks';
export * from './errors';
export * from './ids';
export * from './permissions';
export * from './json-bytes';
export * from './param-value';
export * from './param-variable';
export * from './result-paths';
export * from './sealed-start';
export * from './system-params';
export * from './template';
export * from './time';
export * from './turns';
export * from './weighed-cache';
export { formerNamesAfter } from './former-names';
