import { Inject } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandHandler } from '#libs/bus';
import { FindTeamRunSettings, type ReachInTeam, type TeamRunSettings, type WorkflowDefinition } from '#libs/contracts';
import { type Clock, CLOCK, isId, newId, toTimestamp, type CommandContext } from '#libs/kernel';
import { CommandProcessor, executeFor } from '#libs/ledger';
import { maskSealedIn, SecretBox } from '#libs/secrets';
import { Command, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import { unknownWorkflow } from '../domain';
import { toWorkflowBody } from '../read/workflow-body';
import { WorkflowStore } from '../read/workflow-store';
import { ApproverQuorums } from './approver-quorums';
import { CatalogueTasks } from './catalogue-tasks';
import { checkDefinition } from './check-definition';
import { keptFields } from './kept-fields';
import { refuseLargeRunnable } from './runnable-size';
import { toRunnable } from './normalise';
import { withSecretsSealed } from './sealed-secrets';
import { missingWorkflowWarnings, systemTaskWarnings } from './task-warnings';
import { tokenWarnings } from './token-warnings';
import { isNameTaken, workflowCategory } from './workflow-category';
import { nameOf, nameWarnings, refuseOtherName } from './workflow-name';

/** How often to try a save while others create a workflow with the same name. */
const maxAttempts = 10;

/** The most warnings in one answer. */
const maxWarnings = 60;

export type SaveMode = 'create' | 'apply' | 'replace';

/**
 * Saves a definition: `create` a new workflow, `apply` a new revision (or a new workflow), `replace` the latest
 * revision. If the definition has the id of a workflow of the team, it is saved as that workflow; a new name renames
 * it.
 */
export class SaveWorkflow extends Command<WorkflowDefinition> {
  constructor(
    readonly reach: ReachInTeam,
    readonly definition: WorkflowDefinition,
    readonly mode: SaveMode,
    readonly author: string,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(SaveWorkflow)
export class SaveWorkflowHandler implements ICommandHandler<SaveWorkflow> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly store: WorkflowStore,
    private readonly catalogue: CatalogueTasks,
    private readonly queries: QueryBus,
    private readonly box: SecretBox,
    private readonly quorums: ApproverQuorums,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** If two requests create the same workflow at once, the slower one saves a revision of it. */
  async execute(command: SaveWorkflow): Promise<WorkflowDefinition> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.save(command);
      } catch (error) {
        const makesNew = command.mode !== 'create' && !isId(command.definition.id ?? '');
        if (!makesNew || !isNameTaken(error) || attempt === maxAttempts) throw error;
        // The faster one may still be refused, or not committed yet.
        await sleep(10 * attempt);
      }
    }
  }

  private async save(command: SaveWorkflow): Promise<WorkflowDefinition> {
    const { reach, mode, context } = command;
    const teamId = reach.team.id;
    const now = this.clock.now();
    const { id, name: sentName } = command.definition;
    const byId = mode === 'create' || !isId(id ?? '') ? null : await this.store.find(reach, id ?? '');
    const named = byId && !sentName ? { name: byId.name, sent: null } : nameOf(command.definition);
    const { name } = named;
    const known = byId ?? (await this.store.find(reach, name));
    const existing = mode === 'create' ? null : known;
    const kept = keptFields(command.definition);
    const given = existing || kept.tasks?.length ? kept : { ...kept, tasks: blankTasks };
    const { definition: pinned, tasks } = await this.catalogue.pin(reach, given);
    const settings = await this.settings(reach);
    checkDefinition(pinned, { catalogue: tasks, settings, reveal: (value) => this.box.openAll(value) });
    if (!byId) refuseOtherName(named, known);
    // A token of one workflow cannot create another.
    if (reach.kind === 'workflow' && !existing) throw unknownWorkflow();
    const before = existing ? await this.store.revision(existing.id, existing.version) : null;
    const sealed = withSecretsSealed(pinned, tasks, before?.definition ?? null, this.box);
    const definition = withChangelog(sealed.definition, command.author, now, (reason) =>
      maskSealedIn(reason, [sealed.definition, before], this.box),
    );
    const summary = {
      id: existing?.id ?? newId(now),
      teamId,
      name,
      displayName: definition.displayName ?? existing?.displayName ?? named.sent ?? name,
      status: definition.status ?? ('active' as const),
      labels: definition.labels ?? {},
      creationDate: existing?.creationDate ?? now,
    };
    const runnable = toRunnable(definition, tasks);
    refuseLargeRunnable(runnable);
    const warnings = [
      ...nameWarnings(command.definition, named),
      ...sealed.warnings,
      ...(await this.quorums.check(reach, runnable.tasks)),
      ...systemTaskWarnings(runnable.tasks),
      ...(await missingWorkflowWarnings(this.store, reach, name, runnable.tasks)),
      ...tokenWarnings(runnable, settings),
    ].slice(0, maxWarnings);
    const saved = { summary, revision: { id: newId(now), definition, runnable } };
    return executeFor(
      this.processor,
      workflowCategory,
      context,
      {
        streamId: summary.id,
        about: before,
        command: existing
          ? { type: 'ReviseWorkflow', ...saved, replace: mode === 'replace' }
          : { type: 'CreateWorkflow', ...saved, maxWorkflowCount: settings.quotas.maxWorkflowCount },
      },
      (state) => ({
        ...toWorkflowBody(state, definition, state.version, true),
        ...(warnings.length > 0 && { warnings }),
      }),
    );
  }

  private settings(reach: ReachInTeam): Promise<TeamRunSettings> {
    return this.queries.execute<FindTeamRunSettings, TeamRunSettings>(new FindTeamRunSettings(reach));
  }
}

/** The tasks of a workflow that was created without tasks. */
const blankTasks = [
  { name: 'start', type: 'start' as const },
  { name: 'end', type: 'end' as const, dependencies: [{ taskRef: 'start' }] },
];

function withChangelog(
  definition: WorkflowDefinition,
  author: string,
  now: number,
  masked: (reason: string) => string,
): WorkflowDefinition {
  const { changelog } = definition;
  return {
    ...definition,
    changelog: {
      author,
      ...(changelog?.reason && { reason: masked(changelog.reason) }),
      date: toTimestamp(now),
    },
  };
}
