import type { RunPlans } from '../run-plans';
import { insightsView } from './insights-view';
import type { RunView } from './run-view';
import { SearchView } from './search-view';

/** Every view of runs that follows the ledger. */
export function createRunViews(plans: RunPlans): readonly RunView[] {
  return [insightsView, new SearchView(plans)];
}
