import { FindTeamRunSettings, type ReachInTeam, type TeamRunSettings, type WorkflowDefinition } from '#libs/contracts';
import { isId, newId, toTimestamp } from '#libs/kernel';
import { maskSealedIn, SecretBox } from '#libs/secrets';
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { unknownWorkflow } from '../domain';
import { WorkflowStore } from '../read/workflow-store';
import { ApproverQuorums } from './approver-quorums';
import { CatalogueTasks } from './catalogue-tasks';
import { checkDefinition } from './check-definition';
import { keptFields } from './kept-fields';
import { toRunnable } from './normalise';
import { refuseLargeRunnable } from './runnable-size';
import { withSecretsSealed } from './sealed-secrets';
import { missingWorkflowWarnings, systemTaskWarnings } from './task-warnings';
import { tokenWarnings } from './token-warnings';
import { nameOf, nameWarnings, refuseOtherName } from './workflow-name';

/** The most warnings in one answer. */
const maxWarnings = 60;

export type SaveMode = 'create' | 'apply' | 'replace';

/** Makes of a definition what a save stores, and says what will not work as it looks; changes nothing. */
@Injectable()
export class DefinitionPreparer {
  constructor(
    private readonly store: WorkflowStore,
    private readonly catalogue: CatalogueTasks,
    private readonly queries: QueryBus,
    private readonly box: SecretBox,
    private readonly quorums: ApproverQuorums,
  ) {}

  /** @throws RefusedError if the definition cannot be saved, with all its problems. `now`: milliseconds since the epoch. */
  async prepare(
    reach: ReachInTeam,
    sent: WorkflowDefinition,
    { mode, author, now }: { readonly mode: SaveMode; readonly author: string; readonly now: number },
  ) {
    const teamId = reach.team.id;
    const { id, name: sentName } = sent;
    const byId = mode === 'create' || !isId(id ?? '') ? null : await this.store.find(reach, id ?? '');
    const named = byId && !sentName ? { name: byId.name, sent: null } : nameOf(sent);
    const { name } = named;
    const known = byId ?? (await this.store.find(reach, name));
    const existing = mode === 'create' ? null : known;
    const kept = keptFields(sent);
    const given = existing || kept.tasks?.length ? kept : { ...kept, tasks: blankTasks };
    const { definition: pinned, tasks } = await this.catalogue.pin(reach, given);
    const settings = await this.settings(reach);
    checkDefinition(pinned, { catalogue: tasks, settings, reveal: (value) => this.box.openAll(value) });
    if (!byId) refuseOtherName(named, known);
    // A token of one workflow cannot create another.
    if (reach.kind === 'workflow' && !existing) throw unknownWorkflow();
    const before = existing ? await this.store.revision(existing.id, existing.version) : null;
    const sealed = withSecretsSealed(pinned, tasks, before?.definition ?? null, this.box);
    const definition = withChangelog(sealed.definition, author, now, (reason) =>
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
      ...nameWarnings(sent, named),
      ...sealed.warnings,
      ...(await this.quorums.check(reach, runnable.tasks)),
      ...systemTaskWarnings(runnable.tasks),
      ...(await missingWorkflowWarnings(this.store, reach, name, runnable.tasks)),
      ...tokenWarnings(runnable, settings),
    ].slice(0, maxWarnings);
    const { maxWorkflowCount } = settings.quotas;
    return { summary, definition, runnable, warnings, existing, before, maxWorkflowCount };
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
