// The schemas of events: how a context declares them, what checks an event against them, and the document made of them.
// It must not know which events there are.
export * from './event-catalogue';
export * from './event-document';
export * from './event-schema';
export * from './fields';
export * from './metadata';
