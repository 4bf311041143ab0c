import type { TeamBody, TokenBody } from '#libs/contracts';
import type { PageOf } from '../../api/page-of';
import { teamPath, withQuery } from '../../api/paths';
import { useApi } from '../../api/use-api';
import { useKeys } from '../../frame/keys';
import { Confirm } from '../../parts/confirm';
import { useDialog } from '../../parts/dialog';
import { Guarded, lacks } from '../../parts/guarded';
import { Id } from '../../parts/id';
import { Loaded, State } from '../../parts/states';
import { Shape } from '../../parts/status';
import { Time } from '../../parts/time';
import { Pager } from '../../parts/pager';
import { Link, useSearch } from '../../router';
import { useMay, useSession } from '../../session/session';
import { CreateTokenDialog } from './create-token-dialog';
import { tokensPath } from './tokens-path';

const pageSize = 50;

const kinds = [
  { id: '', label: 'Every kind' },
  { id: 'user', label: 'Of people' },
  { id: 'team', label: 'Of teams' },
  { id: 'workflow', label: 'Of workflows' },
  { id: 'global', label: 'Of the installation' },
  { id: 'session', label: 'Sessions' },
] as const;

/** The tokens within the viewer's reach: of the team, of its workflows, their own; a global token sees all. */
export function TokensTab({ team }: { readonly team: string }) {
  const [search, change] = useSearch();
  const may = useMay(team);
  const making = useDialog();
  const types = search.get('types') ?? '';
  const page = Math.max(0, Number(search.get('page') ?? 0));
  const { data: body } = useApi<TeamBody>(teamPath(team), { freshFor: 60_000 });
  const query = { limit: pageSize, page, order: 'DESC', types };
  const answer = useApi<PageOf<TokenBody>>(withQuery(`${tokensPath}/query`, query));
  const mayWrite = may('token/write');
  useKeys([{ keys: 'c', does: 'Create a token', run: () => mayWrite && making.open() }]);
  return (
    <div className="stack">
      <div className="line">
        <Guarded may={mayWrite} why={lacks('token/write')} look="main" title="c" onClick={making.open}>
          New token
        </Guarded>
        <select aria-label="Kind" value={types} onChange={(event) => change({ types: event.target.value, page: null })}>
          {kinds.map(({ id, label }) => (
            <option key={id} value={id}>
              {label}
            </option>
          ))}
        </select>
        <span className="soft">All that you reach, not of this team alone</span>
      </div>
      <Loaded answer={answer} what="the tokens">
        {({ content, totalElements, totalPages, number }) =>
          content.length === 0 ? (
            <State title={types === '' ? 'There is no token within your reach' : 'There is no token of this kind'} />
          ) : (
            <>
              <div className="table-box">
                <table>
                  <thead>
                    <tr>
                      <th>Name</th>
                      <th>Kind, and whose</th>
                      <th className="wide-only">May</th>
                      <th className="wide-only">Made</th>
                      <th>Ends</th>
                      <th>
                        <span className="hidden-name">What can be done</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {content.map((token) => (
                      <Row key={token.id} team={team} token={token} body={body} />
                    ))}
                  </tbody>
                </table>
              </div>
              <Pager
                number={number}
                totalPages={totalPages}
                says={`Page ${number + 1} of ${totalPages}; ${totalElements} tokens`}
              />
            </>
          )
        }
      </Loaded>
      <CreateTokenDialog dialog={making} team={team} />
    </div>
  );
}

interface RowProps {
  readonly team: string;
  readonly token: TokenBody;
  readonly body: TeamBody | undefined;
}

function Row({ team, token, body }: RowProps) {
  const { id, name, type, description, creationDate, expirationDate, valid, principal, permissions } = token;
  const may = useMay(team);
  const { token: own } = useSession();
  const revoking = useDialog();
  const isOwn = own.id === id;
  const allowed = permissions.flatMap(({ actions }) => actions);
  const shownName = name ?? `${type} token`;
  return (
    <tr>
      <td className="wrap" title={description}>
        {shownName}
        {isOwn && <span className="soft small"> (yours, now)</span>}
        <Id id={id} what={`id of ${shownName}`} />
      </td>
      <td>
        {type} <span className="soft">{ownerName(principal, body)}</span>
      </td>
      <td className="wide-only grow soft" title={allowed.join('\n')}>
        {allowed.slice(0, 4).join(', ')}
        {allowed.length > 4 && ` and ${allowed.length - 4} more`}
      </td>
      <td className="wide-only">
        <Time at={creationDate} />
      </td>
      <td>
        {valid ? (
          expirationDate ? (
            <Time at={expirationDate} />
          ) : (
            <span className="soft">never</span>
          )
        ) : (
          <span className="status hue-idle">
            <Shape status="cancelled" /> over
          </span>
        )}
      </td>
      <td>
        <span className="cell-actions">
          <Link
            className="button plain"
            to={withQuery(`/team/${encodeURIComponent(team)}/audit`, {
              actors: type === 'user' ? `user:${principal ?? ''}` : `token:${id}`,
              scope: type === 'global' ? 'all' : '',
            })}
          >
            What it did<span className="hidden-name">: {shownName}</span>
          </Link>
          <Guarded may={may('token/delete')} why={lacks('token/delete')} look="plain" onClick={revoking.open}>
            Revoke<span className="hidden-name"> {shownName}</span>
          </Guarded>
        </span>
        <Confirm
          dialog={revoking}
          title={`Revoke ${shownName}?`}
          action="Revoke the token"
          isDangerous
          request={{ method: 'DELETE', path: `${tokensPath}/${id}` }}
          changes={[tokensPath]}
          done={`${shownName} is revoked.`}
        >
          <p>
            {isOwn
              ? 'This is the token that you are signed in with: you will be signed out.'
              : 'Whoever uses it is refused from now on; other servers may take it for one more second.'}
          </p>
        </Confirm>
      </td>
    </tr>
  );
}

/** A principal's id as people know it. */
function ownerName(principal: string | undefined, body: TeamBody | undefined): string {
  if (principal === undefined) return '';
  if (principal === body?.id) return body.name;
  return (
    body?.workflows.find(({ id }) => id === principal)?.name ??
    (/^[0-9a-f]{8}-/.test(principal) ? `${principal.slice(0, 4)}…${principal.slice(-8)}` : principal)
  );
}
