// Saved views: named filters of the list of runs, of a person in a team or of the team.
// It must not know what a filter means, nor which runs fit.
export { savedViewsCategory } from './application/saved-views-category';
export { savedViewEventSchemas } from './domain/event-schemas';
export { SavedViewsModule } from './saved-views.module';
