import { CommandHandler } from '#libs/bus';
import { DecideTaskActions } from '#libs/contracts';
import type { ICommandHandler } from '@nestjs/cqrs';
import { RunCommander } from './run-commander';

@CommandHandler(DecideTaskActions)
export class DecideTaskActionsHandler<Answer> implements ICommandHandler<DecideTaskActions<Answer>> {
  constructor(private readonly runs: RunCommander) {}

  execute({ reach, decisions, context, shape }: DecideTaskActions<Answer>): Promise<Answer> {
    const commands = decisions.map(({ runId, actionId, actioner }) => ({
      runId,
      command: { type: 'DecideAction' as const, actionId, actioner },
    }));
    return this.runs.executeAll(reach, commands, context, (runs) =>
      shape(
        decisions.map(
          ({ actionId }, index) =>
            runs[index]?.state.tasks.find(({ action }) => action?.id === actionId)?.action ?? null,
        ),
      ),
    );
  }
}
