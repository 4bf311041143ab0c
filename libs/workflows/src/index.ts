// Workflow definitions: checked at save, kept as revisions that runs are pinned to.
// It must not know how a run goes.
export { WorkflowsModule } from './workflows.module';
export { workflowCategory } from './application/workflow-category';
