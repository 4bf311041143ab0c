// Workflow definitions: checked at save, and stored as revisions that runs are pinned to. It must not know how a run
// works.
export { WorkflowsModule } from './workflows.module';
export { workflowCategory } from './application/workflow-category';
export { workflowEventSchemas } from './domain/event-schemas';
