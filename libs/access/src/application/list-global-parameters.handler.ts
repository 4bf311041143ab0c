import { QueryHandler } from '#libs/bus';
import type { Reach, WorkflowParamDefinition } from '#libs/contracts';
import { CommandProcessor } from '#libs/ledger';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { globalParametersCategory, globalParametersId } from './categories';
import { toParameterBody } from '../read/parameter-body';

/** Everybody who builds workflows may refer to the installation's params, and so may read them. */
export class ListGlobalParameters extends Query<WorkflowParamDefinition[]> {
  constructor(readonly reach: Reach) {
    super();
  }
}

@QueryHandler(ListGlobalParameters)
export class ListGlobalParametersHandler implements IQueryHandler<ListGlobalParameters> {
  constructor(private readonly processor: CommandProcessor) {}

  async execute(): Promise<WorkflowParamDefinition[]> {
    const stored = await this.processor.load(globalParametersCategory, globalParametersId);
    return (stored?.state.parameters ?? []).map(toParameterBody);
  }
}
