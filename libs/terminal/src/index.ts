// What programs write on a terminal: colours, tables, progress, texts that cannot steer it. It must not know what they show.
export * from './paint';
export * from './printable';
export * from './progress';
export * from './status-style';
export * from './table';
