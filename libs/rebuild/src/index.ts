// Replays the ledger: folds every stream as the server does, writes the views into shadow tables, compares them with the live ones, and
// mends those. It must not know what a view is for: the contexts project, and the database's own functions write.
export { type AnyCategory, ledgerCategories } from './categories';
export { type Difference, type Rebuilt, rebuildViews, ReplayError, type ViewReport } from './rebuild';
export { type Swapped, swapViews } from './swap';
export { type ViewName, viewNames } from './views';
