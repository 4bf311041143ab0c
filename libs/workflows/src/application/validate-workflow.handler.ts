import { QueryHandler } from '#libs/bus';
import type { ReachInTeam, WorkflowDefinition } from '#libs/contracts';
import { type Clock, CLOCK } from '#libs/kernel';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { DefinitionPreparer } from './definition-preparer';

/** Checks a definition as a save would, and saves nothing. Answers the warnings that the save would answer. */
export class ValidateWorkflow extends Query<Pick<WorkflowDefinition, 'warnings'>> {
  constructor(
    readonly reach: ReachInTeam,
    readonly definition: WorkflowDefinition,
    readonly author: string,
  ) {
    super();
  }
}

@QueryHandler(ValidateWorkflow)
export class ValidateWorkflowHandler implements IQueryHandler<ValidateWorkflow> {
  constructor(
    private readonly preparer: DefinitionPreparer,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ reach, definition, author }: ValidateWorkflow): Promise<Pick<WorkflowDefinition, 'warnings'>> {
    const draft = { mode: 'apply' as const, author, now: this.clock.now() };
    const { warnings } = await this.preparer.prepare(reach, definition, draft);
    return warnings.length > 0 ? { warnings } : {};
  }
}
