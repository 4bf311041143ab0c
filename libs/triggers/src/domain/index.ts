export * from './cron-error';
export * from './cron-expression';
export * from './cron-series';
export * from './local-clock';
export * from './schedule';
export * from './shown-schedule';
