import { globalParametersCategory, teamCategory, tokenCategory } from '#libs/access';
import { archiveCategory } from '#libs/archive';
import { attemptsCategory } from '#libs/audit';
import { bulkCategory } from '#libs/bulk';
import { catalogueCategory } from '#libs/catalogue';
import { erasureCategory } from '#libs/erasure';
import type { DomainEvent } from '#libs/kernel';
import type { StreamCategory } from '#libs/ledger';
import { lockCategory } from '#libs/locks';
import { createRunCategory } from '#libs/runs';
import { SecretBox } from '#libs/secrets';
import { savedViewsCategory } from '#libs/saved-views';
import { scheduleCategory } from '#libs/triggers';
import { workflowCategory } from '#libs/workflows';

export type AnyCategory = StreamCategory<unknown, unknown, DomainEvent>;

/** Every category of streams, with the types of event that its streams begin with. Folding opens no secret: any key will do. */
export function ledgerCategories(): readonly (readonly [first: RegExp, category: AnyCategory])[] {
  const runs = createRunCategory(60, new SecretBox({ current: Buffer.alloc(32) }));
  return [
    [/^WorkflowRunSubmitted$/, runs],
    [/^Team/, teamCategory],
    [/^Token/, tokenCategory],
    [/^GlobalParameter/, globalParametersCategory],
    [/^Workflow(?!Run)/, workflowCategory],
    [/^CatalogueTask/, catalogueCategory],
    [/^Schedule/, scheduleCategory],
    [/^Lock/, lockCategory],
    [/^(Attempt|Trail)/, attemptsCategory],
    [/^RunsArchived$/, archiveCategory],
    [/^PersonalDataErased$/, erasureCategory],
    [/^Bulk/, bulkCategory],
    [/^SavedView/, savedViewsCategory],
  ];
}
