// The task catalogue: what tasks of workflows may be made of, the installation's and the teams', and the system's own.
// It must not know workflows or runs.
export { CatalogueModule } from './catalogue.module';
export { catalogueCategory } from './application/catalogue-category';
