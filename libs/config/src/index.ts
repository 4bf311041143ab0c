// The program's settings: environment and flags, checked once, with every problem named. It must not know what they are
// used for.
export * from './config';
export * from './program-version';
