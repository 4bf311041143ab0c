import type { WorkflowDefinition } from '#libs/contracts';
import { isId, RefusedError } from '#libs/kernel';
import { isSlug, slugOf, slugRule } from '#libs/names';

/** The most characters of a workflow's name. */
export const longestName = 256;

export interface WorkflowName {
  readonly name: string;
  /** The text that gave the slug; null if the sent name is the slug. Answers show it unless there is a display name. */
  readonly sent: string | null;
}

/**
 * The name that a definition gives. A name that is no slug is turned into one, as clients of the reference expect, and
 * becomes the display name; without a name, the display name gives the slug.
 * @throws RefusedError WORKFLOW_INVALID_DEFINITION
 */
export function nameOf({ name, displayName }: Pick<WorkflowDefinition, 'name' | 'displayName'>): WorkflowName {
  const isGiven = name !== null && name !== undefined && name !== '';
  const given = (isGiven ? name : displayName) ?? '';
  const slug = isSlug(given, longestName) ? given : slugOf(given, longestName);
  if (slug === '') {
    const what = isGiven ? `${JSON.stringify(given)} gives none` : 'give the workflow a name or a displayName';
    throw wrong(`name must be a slug: ${slugRule(longestName)}; ${what}.`);
  }
  if (slug === 'query') throw wrong('name must not be query, which has another meaning in paths.');
  if (isId(slug)) throw wrong('name must not have the form of an id.');
  return { name: slug, sent: slug === given ? null : given };
}

/**
 * Two names with the same slug are different: a sent name may only mean a workflow that is shown by exactly that name.
 * @throws RefusedError WORKFLOW_NON_UNIQUE_NAME
 */
export function refuseOtherName({ name, sent }: WorkflowName, existing: { readonly displayName: string } | null): void {
  if (sent === null || !existing || existing.displayName === sent) return;
  throw new RefusedError(
    'WORKFLOW_NON_UNIQUE_NAME',
    `Name ${JSON.stringify(sent)} gives the slug ${name}, which is the name of the workflow ${JSON.stringify(existing.displayName)}. ` +
      `Nothing was changed: send ${name} to revise that workflow, or a name that gives another slug.`,
  );
}

/** The warning if the workflow's name is not the one that was sent. */
export function nameWarnings({ name: sent }: Pick<WorkflowDefinition, 'name'>, { name }: WorkflowName): string[] {
  return !sent || sent === name
    ? []
    : [
        `name: ${JSON.stringify(sent)} is not a slug, so the workflow's name is ${name}: use that in paths and references.`,
      ];
}

function wrong(why: string): RefusedError {
  return new RefusedError('WORKFLOW_INVALID_DEFINITION', `Invalid Workflow definition. ${why}`);
}
