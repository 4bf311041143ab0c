import { Inject } from '@nestjs/common';
import { CommandHandler } from '#libs/bus';
import type { InstallationReach, WorkflowParamDefinition } from '#libs/contracts';
import { type Clock, CLOCK, type CommandContext } from '#libs/kernel';
import { CommandProcessor, executeFor } from '#libs/ledger';
import { SecretBox } from '#libs/secrets';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import type { GlobalParameters } from '../domain';
import { globalParametersCategory, globalParametersId } from './categories';
import { toParameterBody } from '../read/parameter-body';
import { toParameter } from './parameter-declarations';

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
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute({ mode, parameter: given, context }: SetGlobalParameter): Promise<WorkflowParamDefinition> {
    const parameter = toParameter(given, this.box);
    const type = mode === 'create' ? ('CreateParameter' as const) : ('UpdateParameter' as const);
    const request = { streamId: globalParametersId, command: { type, now: this.clock.now(), parameter } };
    return executeFor(this.processor, globalParametersCategory, context, request, (state: GlobalParameters) => {
      const set = state.parameters.find(({ name }) => name === parameter.name);
      return toParameterBody(set ?? parameter);
    });
  }
}
