export * from './erasure';
export * from './subject';
