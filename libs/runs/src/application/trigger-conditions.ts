import type { TriggerConditionRule, WorkflowRevision } from '#libs/contracts';
import { ExpressionError, Path, Pattern, Work } from '#libs/expressions';
import { RefusedError, type RunTrigger } from '#libs/kernel';

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
  trigger: RunTrigger | undefined,
  params: readonly { readonly name: string; readonly value?: unknown }[],
): void {
  if (trigger === undefined) return;
  if (trigger === 'engine' || trigger === 'task' || !revision.triggers[trigger]) {
    throw disabled(`Field trigger: ${trigger}; enable it in the Workflow's triggers.`);
  }
  const subject = params.find(({ name }) => name === subjects[trigger])?.value;
  const conditions = revision.conditions?.[trigger] ?? [];
  if (conditions.length === 0) return;
  const value = withEventName(parsed(subject), params, trigger);
  const work = new Work();
  for (const condition of conditions) {
    const problem = problemWith(condition, value, work);
    if (problem === null) continue;
    throw disabled(
      `The condition on ${condition.field} (${condition.operation}) of its ${trigger} trigger ${problem}.`,
    );
  }
}

/** What a webhook brings, with the name of its event (X-GitHub-Event) as `event`, where it has no such member itself. */
function withEventName(
  subject: unknown,
  params: readonly { readonly name: string; readonly value?: unknown }[],
  trigger: RunTrigger,
): unknown {
  const event = params.find(({ name }) => name === 'event')?.value;
  if (subjects[trigger as keyof typeof subjects] !== 'payload' || typeof event !== 'string') return subject;
  if (subject === null || typeof subject !== 'object' || Array.isArray(subject)) return { event };
  return { event, ...subject };
}

/** Why a condition does not hold; null where it does. */
function problemWith(condition: TriggerConditionRule, subject: unknown, work: Work): string | null {
  try {
    return holds(condition, subject, work) ? null : 'does not hold';
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}

function disabled(why: string): RefusedError {
  const message = `The Trigger provided is not enabled for this Workflow. ${why}`;
  return new RefusedError('WORKFLOWRUN_TRIGGER_DISABLED', message);
}

/** Whether any of the values that the path finds fits. Regular expressions are RE2's, and must match a whole value. */
function holds({ field, operation, value, values }: TriggerConditionRule, subject: unknown, work: Work): boolean {
  const found = Path.parse(field)
    .find(subject, work)
    .map((each) => textOf(each, work));
  switch (operation) {
    case 'equals':
      return found.includes(value ?? '');
    case 'in': {
      const allowed = new Set(values);
      return found.some((each) => allowed.has(each));
    }
    case 'matches': {
      const pattern = Pattern.of(value ?? '');
      return found.some((each) => {
        work.match(pattern.size, each.length);
        return pattern.matches(each);
      });
    }
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

function textOf(value: unknown, work: Work): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  work.compare(text.length);
  return text;
}
