import type { TeamBody } from '#libs/contracts';
import { teamPath, withQuery } from '../../api/paths';
import { useApi } from '../../api/use-api';
import type { PageProps } from '../../page-props';
import { Curl } from '../../parts/curl';
import { Loaded } from '../../parts/states';
import { Tabs } from '../../parts/tabs';
import { Time } from '../../parts/time';
import { Link, useSearch } from '../../router';
import { GroupsTab } from './groups-tab';
import { MembersTab } from './members-tab';
import { ParametersTab } from './parameters-tab';
import { QuotasTab } from './quotas-tab';
import { TokensTab } from './tokens-tab';
import './settings.css';

const tabs = [
  { id: 'members', label: 'Members' },
  { id: 'groups', label: 'Approver groups' },
  { id: 'parameters', label: 'Params' },
  { id: 'quotas', label: 'Quotas and rules' },
  { id: 'tokens', label: 'Tokens' },
] as const;

/** Who belongs to the team and may do what; its params, limits and tokens. */
export function SettingsPage({ team }: PageProps) {
  const [search] = useSearch();
  const tab = tabs.find(({ id }) => id === search.get('tab'))?.id ?? 'members';
  const answer = useApi<TeamBody>(teamPath(team));
  return (
    <div className="stack">
      <div className="page-head">
        <h1>{answer.data?.displayName ?? team}</h1>
        {answer.data && (
          <>
            <span className="soft">
              <code>{answer.data.name}</code>, {answer.data.status}, made <Time at={answer.data.creationDate} />
            </span>
            <Link to={withQuery(`/team/${encodeURIComponent(team)}/audit`, { kinds: 'team,token,parameter' })}>
              Who changed what
            </Link>
          </>
        )}
        <Curl
          requests={
            tab === 'tokens'
              ? [
                  { path: '/api/v2/token/query?limit=50&order=DESC' },
                  { method: 'POST', path: '/api/v2/token', body: { type: 'team', principal: team, role: 'reader' } },
                ]
              : [{ path: teamPath(team) }, { path: `${teamPath(team)}/events` }]
          }
        />
      </div>
      <Tabs label="The team" param="tab" chosen={tab} drops={['page', 'types']} tabs={tabs} />
      {tab === 'tokens' ? (
        <TokensTab team={team} />
      ) : (
        <Loaded answer={answer} what="the team">
          {(body) => (
            <>
              {tab === 'members' && <MembersTab team={team} body={body} />}
              {tab === 'groups' && <GroupsTab team={team} body={body} />}
              {tab === 'parameters' && <ParametersTab team={team} body={body} />}
              {tab === 'quotas' && <QuotasTab team={team} body={body} />}
            </>
          )}
        </Loaded>
      )}
    </div>
  );
}
