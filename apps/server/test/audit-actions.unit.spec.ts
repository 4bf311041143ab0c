import type { erasureCategory } from '#libs/erasure';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { globalParametersCategory, teamCategory, tokenCategory } from '#libs/access';
import type { archiveCategory } from '#libs/archive';
import type { attemptsCategory } from '#libs/audit';
import type { bulkCategory } from '#libs/bulk';
import type { catalogueCategory } from '#libs/catalogue';
import { type Action, actionNames, actions } from '#libs/kernel';
import type { StreamCategory } from '#libs/ledger';
import type { lockCategory } from '#libs/locks';
import type { createRunCategory } from '#libs/runs';
import type { savedViewsCategory } from '#libs/saved-views';
import type { scheduleCategory } from '#libs/triggers';
import type { workflowCategory } from '#libs/workflows';
import { root } from './document';

type CommandOf<Category> =
  Category extends StreamCategory<infer _State, infer Command extends { readonly type: string }, infer _Event>
    ? Command['type']
    : never;
/** Every command that any context can run. */
type Command = CommandOf<
  | ReturnType<typeof createRunCategory>
  | typeof workflowCategory
  | typeof catalogueCategory
  | typeof scheduleCategory
  | typeof lockCategory
  | typeof teamCategory
  | typeof tokenCategory
  | typeof globalParametersCategory
  | typeof attemptsCategory
  | typeof archiveCategory
  | typeof erasureCategory
  | typeof bulkCategory
  | typeof savedViewsCategory
>;
/** What handlers call commands in place of their types. */
type Named = 'RetryRun' | 'ApproveAction' | 'RejectAction';

describe('the actions of the trail', () => {
  it('are the commands of all contexts', () => {
    // Neither compiles if one is missing on the other side.
    const all: readonly Action[] = actionNames satisfies readonly (Command | Named)[];
    const known = (each: Command | Named): Action => each;
    expect(all.map(known)).toEqual(Object.keys(actions));
  });

  it('stand in the document', () => {
    const text = readFileSync(join(root, 'docs/audit.md'), 'utf8');
    const rows = actionNames.map((name) => `| \`${name}\` | ${actions[name].join(' | ')} |`);
    const table = text.split('\n').filter((line) => /^\| `[A-Z][A-Za-z]+` \|/.test(line));
    expect(table).toEqual(rows);
  });
});
