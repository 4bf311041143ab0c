// How the program reports its state: structured logs, figures and health. It must not know what the logged requests do.
export * from './health.controller';
export * from './logger';
export * from './metrics';
export * from './metrics.controller';
export * from './request-log';
