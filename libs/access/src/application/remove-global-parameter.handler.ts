import { Inject } from '@nestjs/common';
import { CommandHandler } from '#libs/bus';
import type { InstallationReach } from '#libs/contracts';
import { type Clock, CLOCK, type CommandContext } from '#libs/kernel';
import { CommandProcessor, executeFor } from '#libs/ledger';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { globalParametersCategory, globalParametersId } from './categories';

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
  constructor(
    private readonly processor: CommandProcessor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute({ name, context }: RemoveGlobalParameter): Promise<null> {
    const command = { type: 'RemoveParameter' as const, now: this.clock.now(), name };
    return executeFor(
      this.processor,
      globalParametersCategory,
      context,
      { streamId: globalParametersId, command },
      () => null,
    );
  }
}
