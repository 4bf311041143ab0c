import { CommandHandler, QueryHandler } from '#libs/bus';
import type { InstallationReach, Reach, WorkflowParamDefinition } from '#libs/contracts';
import { type CommandContext, CommandProcessor, executeFor } from '#libs/ledger';
import { SecretBox } from '#libs/secrets';
import { Command, type ICommandHandler, type IQueryHandler, Query } from '@nestjs/cqrs';
import type { GlobalParameters } from '../domain';
import { globalParametersCategory, globalParametersId } from './categories';
import { toParameterBody } from '../read/parameter-body';
import { toParameter } from './parameter-declarations';

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

export class SetGlobalParameter extends Command<WorkflowParamDefinition> {
  constructor(
    readonly reach: InstallationReach,
    readonly mode: 'create' | 'update',
    readonly parameter: WorkflowParamDefinition,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(SetGlobalParameter)
export class SetGlobalParameterHandler implements ICommandHandler<SetGlobalParameter> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly box: SecretBox,
  ) {}

  execute({ mode, parameter: given, context }: SetGlobalParameter): Promise<WorkflowParamDefinition> {
    const parameter = toParameter(given, this.box);
    const type = mode === 'create' ? ('CreateParameter' as const) : ('UpdateParameter' as const);
    const request = { streamId: globalParametersId, command: { type, now: Date.now(), parameter } };
    return executeFor(this.processor, globalParametersCategory, context, request, (state: GlobalParameters) => {
      const set = state.parameters.find(({ name }) => name === parameter.name);
      return toParameterBody(set ?? parameter);
    });
  }
}

export class RemoveGlobalParameter extends Command<null> {
  constructor(
    readonly reach: InstallationReach,
    readonly name: string,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(RemoveGlobalParameter)
export class RemoveGlobalParameterHandler implements ICommandHandler<RemoveGlobalParameter> {
  constructor(private readonly processor: CommandProcessor) {}

  execute({ name, context }: RemoveGlobalParameter): Promise<null> {
    const command = { type: 'RemoveParameter' as const, now: Date.now(), name };
    return executeFor(
      this.processor,
      globalParametersCategory,
      context,
      { streamId: globalParametersId, command },
      () => null,
    );
  }
}
