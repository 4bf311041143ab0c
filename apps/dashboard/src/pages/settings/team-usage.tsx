import type { TeamBody } from '#libs/contracts';
import { Time } from '../../parts/time';
import { Usage } from '../../parts/usage';
import { type LimitName, limitOf } from './limits';

/** The counts of the team against its limits. */
export function TeamUsage({ quotas }: { readonly quotas: TeamBody['quotas'] }) {
  const limit = (name: LimitName) => limitOf(quotas, name);
  return (
    <div className="stack usages">
      <Usage name="Live runs" used={quotas.currentConcurrentRuns} limit={limit('maxConcurrentRuns')} />
      <Usage name="Runs this month" used={quotas.currentRuns} limit={limit('maxWorkflowRunMonthly')} />
      <Usage name="Workflows" used={quotas.currentWorkflowCount} limit={limit('maxWorkflowCount')} />
      <p className="soft small">
        The month ends <Time at={quotas.monthlyResetDate} />.
      </p>
    </div>
  );
}
