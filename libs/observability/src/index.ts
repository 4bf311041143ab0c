// How the program tells how it is: structured logs and health.
// It must not know what is done by the requests that it logs.
export * from './health.controller';
export * from './logger';
export * from './request-log';
