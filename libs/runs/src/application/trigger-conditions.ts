import type { RunTriggerName, TriggerConditionRule, WorkflowRevision } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import { query } from 'jsonpath-rfc9535';
import { RE2JS } from 're2js';

/** The param that holds what has triggered. */
const subjects = {
  event: 'event',
  webhook: 'payload',
  github: 'payload',
  manual: 'payload',
  schedule: 'payload',
} as const;

/**
 * @throws RefusedError WORKFLOWRUN_TRIGGER_DISABLED where the workflow's trigger is off, or one of its conditions does not hold.
 */
export function refuseUntriggered(
  revision: Pick<WorkflowRevision, 'triggers' | 'conditions'>,
  trigger: RunTriggerName | undefined,
  params: readonly { readonly name: string; readonly value?: unknown }[],
): void {
  if (trigger === undefined) return;
  if (trigger === 'engine' || trigger === 'task' || !revision.triggers[trigger]) {
    throw disabled(`Field trigger: ${trigger}; enable it in the Workflow's triggers.`);
  }
  const subject = params.find(({ name }) => name === subjects[trigger])?.value;
  const unmet = (revision.conditions?.[trigger] ?? []).find((condition) => !holds(condition, subject));
  if (!unmet) return;
  throw disabled(`The condition on ${unmet.field} (${unmet.operation}) of its ${trigger} trigger does not hold.`);
}

function disabled(why: string): RefusedError {
  const message = `The Trigger provided is not enabled for this Workflow. ${why}`;
  return new RefusedError('WORKFLOWRUN_TRIGGER_DISABLED', message);
}

/** Whether any of the values that the path finds fits. Regular expressions are RE2's, and must match a whole value. */
function holds({ field, operation, value, values }: TriggerConditionRule, subject: unknown): boolean {
  const found = find(field, parsed(subject)).map(textOf);
  switch (operation) {
    case 'equals':
      return found.includes(value ?? '');
    case 'in':
      return found.some((each) => (values ?? []).includes(each));
    case 'matches':
      return found.some((each) => matches(value ?? '', each));
  }
}

function find(path: string, subject: unknown): readonly unknown[] {
  try {
    return query(subject as never, path);
  } catch {
    return [];
  }
}

/** A client may hand over what has triggered as JSON text. */
function parsed(subject: unknown): unknown {
  if (typeof subject !== 'string') return subject ?? null;
  try {
    return JSON.parse(subject) as unknown;
  } catch {
    return subject;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function matches(pattern: string, value: string): boolean {
  try {
    return RE2JS.compile(pattern).matches(value);
  } catch {
    return false;
  }
}
