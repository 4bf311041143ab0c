// Shared HTTP code: the error body, checks of input, filters and pages, idempotency keys, OpenAPI. It must not know any
// resource.
export * from './app';
export * from './checked-body';
export * from './bounds';
export * from './contract-error';
export * from './contract-error.filter';
export * from './cursor';
export * from './event-stream';
export * from './history';
export * from './idempotency';
export * from './idle-connections';
export * from './openapi';
export * from './openapi-decorators';
export * from './page';
export * from './query-params';
export * from './reason';
export * from './request-body';
export * from './request-context';
export * from './route-config';
export * from './route-rules';
export * from './storable';
export * from './yaml';
