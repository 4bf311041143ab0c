// Turns names into slugs, with one rule for workflows, tasks and teams. It must not know what is named, or who has
// which name.
export * from './slug';
