export * from './archive';
export * from './due';
