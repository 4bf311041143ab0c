// The task catalogue: reusable tasks of the installation, of the teams and of the system. It must not know workflows or
// runs.
export { CatalogueModule } from './catalogue.module';
export { catalogueCategory } from './application/catalogue-category';
export { catalogueTaskEventSchemas } from './domain/event-schemas';
