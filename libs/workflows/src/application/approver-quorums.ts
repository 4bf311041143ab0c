import {
  type ApproverGroupRef,
  FindApproverGroup,
  type Json,
  type ReachInTeam,
  type RevisionTask,
} from '#libs/contracts';
import { RefusedError, tokensIn } from '#libs/kernel';
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { maxApproverGroups } from './bounds';

interface Quorum {
  readonly task: string;
  readonly group: string;
  readonly required: number;
}

/** Checks whether the approver groups in a definition can give the required approvals. */
@Injectable()
export class ApproverQuorums {
  constructor(private readonly queries: QueryBus) {}

  /**
   * Returns a warning for each group that does not exist (yet). Groups and numbers with tokens are known only when the
   * task runs.
   * @throws RefusedError WORKFLOW_INVALID_DEFINITION naming each approval that its group can never give.
   */
  async check(reach: ReachInTeam, tasks: readonly RevisionTask[]): Promise<string[]> {
    const quorums = tasks.flatMap(quorumOf);
    const names = new Set(quorums.map(({ group }) => group));
    if (names.size > maxApproverGroups) {
      throw invalid([`tasks: at most ${maxApproverGroups} different approver groups.`]);
    }
    const groups = new Map<string, ApproverGroupRef | null>();
    for (const name of names) {
      const query = new FindApproverGroup(reach, name);
      groups.set(name, await this.queries.execute<FindApproverGroup, ApproverGroupRef | null>(query));
    }
    const problems: string[] = [];
    const warnings: string[] = [];
    for (const { task, group, required } of quorums) {
      const found = groups.get(group);
      if (!found) {
        warnings.push(
          `Task ${task}: the team has no approver group ${short(group)}; without it, the task will be invalid.`,
        );
        continue;
      }
      // Upper and lower case mean the same person.
      const members = new Set(found.approvers.map((approver) => approver.toLowerCase())).size;
      if (members >= required) continue;
      problems.push(
        `Task ${task}: it needs ${required} approvals, but approver group ${found.name} has ${members} members: add members or lower numberOfApprovers.`,
      );
    }
    if (problems.length > 0) throw invalid(problems);
    return warnings;
  }
}

/** The group and number that an approval requires, if both are fixed. */
function quorumOf({ name, type, params }: RevisionTask): Quorum[] {
  if (type !== 'approval') return [];
  const valueOf = (param: string): Json | undefined => params.find((each) => each.name === param)?.value ?? undefined;
  const group = valueOf('approverGroupId');
  const given = valueOf('numberOfApprovers') ?? valueOf('numberOfApprovals') ?? 1;
  if (typeof group !== 'string' || group === '' || tokensIn([group, given]).length > 0) return [];
  const required = given === '' ? 1 : Number(given);
  return Number.isInteger(required) ? [{ task: name, group, required }] : [];
}

function invalid(problems: readonly string[]): RefusedError {
  const shown = problems.slice(0, 50);
  return new RefusedError('WORKFLOW_INVALID_DEFINITION', ['Invalid Workflow definition.', ...shown].join(' '));
}

function short(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
