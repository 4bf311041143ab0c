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
    const metadata = { ...context.metadata, action: actionOf(decisions) };
    return this.runs.executeAll(reach, commands, { ...context, metadata }, (runs) =>
      shape(
        decisions.map(
          ({ actionId }, index) =>
            runs[index]?.state.tasks.find(({ action }) => action?.id === actionId)?.action ?? null,
        ),
      ),
    );
  }
}

/** What the trail calls it. */
function actionOf(decisions: readonly { readonly actioner: { readonly approved: boolean } }[]): string {
  const approves = decisions.some(({ actioner }) => actioner.approved);
  const rejects = decisions.some(({ actioner }) => !actioner.approved);
  return [...(approves ? ['ApproveAction'] : []), ...(rejects ? ['RejectAction'] : [])].join('+');
}
