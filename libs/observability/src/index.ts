// How the program reports its state: structured logs and health. It must not know what the logged requests do.
export * from './health.controller';
export * from './logger';
export * from './request-log';
