import type { PageOf } from '../../api/page-of';
import { withQuery } from '../../api/paths';
import { useApi } from '../../api/use-api';
import { Id } from '../../parts/id';
import { shownDuration, Time, useNow } from '../../parts/time';
import { Link } from '../../router';
import type { ConnectedAgent } from './bodies';
import { LoadedIfKnown } from './loaded-if-known';

/** Who executes tasks: what they take, what they hold, when they were last heard. */
export function AgentsSection({ path }: { readonly path: string }) {
  const answer = useApi<PageOf<ConnectedAgent>>(withQuery(path, { limit: 100 }), { every: 5000 });
  const now = useNow(true);
  return (
    <section className="stack" aria-label="Agents">
      <div className="section-head">
        <h2>Agents</h2>
        {answer.data && <span className="soft">{answer.data.totalElements} alive</span>}
      </div>
      <LoadedIfKnown answer={answer} what="the agents">
        {({ content }) =>
          content.length === 0 ? (
            <p className="note hold">No agent is alive. Tasks that need one wait; the system’s own tasks go on.</p>
          ) : (
            <div className="table-box">
              <table>
                <thead>
                  <tr>
                    <th>Agent</th>
                    <th className="wide-only">Host</th>
                    <th>Takes</th>
                    <th>Heard</th>
                    <th className="number">Holds</th>
                    <th>What, and until when</th>
                  </tr>
                </thead>
                <tbody>
                  {content.map(({ id, name, host, version, taskTypes, lastHeard, held, items }) => (
                    <tr key={id}>
                      <td>
                        {name} <Id id={id} what={`id of the agent ${name}`} />
                      </td>
                      <td className="wide-only">
                        {host} {version !== undefined && <span className="soft small">{version}</span>}
                      </td>
                      <td>{taskTypes.join(', ')}</td>
                      <td>
                        <span title={lastHeard}>{shownDuration(now - Date.parse(lastHeard))} ago</span>
                      </td>
                      <td className="number">{held}</td>
                      <td className="wrap">
                        {items.map(({ id: item, kind, type, team, workflowRunRef, state, leaseUntil }) => (
                          <span key={`${kind} ${item}`} className="held">
                            <Link to={`/team/${encodeURIComponent(team)}/runs/${workflowRunRef}`}>
                              {kind === 'task' ? type : kind === 'run' ? 'start of a run' : 'end of a run'}
                            </Link>
                            {state === 'stopping' && <span className="hue-hold"> is to stop</span>}
                            {leaseUntil !== undefined && (
                              <span className="soft small">
                                {' '}
                                until <Time at={leaseUntil} />
                              </span>
                            )}
                          </span>
                        ))}
                        {held > items.length && <span className="soft">and {held - items.length} more</span>}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </LoadedIfKnown>
    </section>
  );
}
