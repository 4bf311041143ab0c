import type { TeamBody } from '#libs/contracts';
import { teamPath } from '../../api/paths';
import { useApi } from '../../api/use-api';
import { Loaded } from '../../parts/states';
import { TeamUsage } from '../settings/team-usage';
import { Link } from '../../router';

/** How near the team is to its limits. */
export function UsageSection({ team }: { readonly team: string }) {
  const answer = useApi<TeamBody>(teamPath(team), { every: 15_000 });
  return (
    <section className="stack" aria-label="Use of quotas">
      <div className="section-head">
        <h2>Use of quotas</h2>
        <Link to={`/team/${encodeURIComponent(team)}/settings?tab=quotas`}>Quotas</Link>
      </div>
      <Loaded answer={answer} what="the quotas">
        {({ quotas }) => <TeamUsage quotas={quotas} />}
      </Loaded>
    </section>
  );
}
