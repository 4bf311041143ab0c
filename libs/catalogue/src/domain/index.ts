export * from './catalogue-task';
