import type { TeamBody } from '#libs/contracts';
import { Time } from '../../parts/time';
import { Usage } from '../../parts/usage';

/** The counts of the team against its limits. */
export function TeamUsage({ quotas }: { readonly quotas: TeamBody['quotas'] }) {
  return (
    <div className="stack usages">
      <Usage name="Live runs" used={quotas.currentConcurrentRuns} limit={quotas.maxConcurrentRuns} />
      <Usage name="Runs this month" used={quotas.currentRuns} limit={quotas.maxWorkflowRunMonthly} />
      <Usage name="Workflows" used={quotas.currentWorkflowCount} limit={quotas.maxWorkflowCount} />
      <p className="soft small">
        The month ends <Time at={quotas.monthlyResetDate} />.
      </p>
    </div>
  );
}
