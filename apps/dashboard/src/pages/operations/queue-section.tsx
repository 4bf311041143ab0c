import type { PageOf } from '../../api/page-of';
import { withQuery } from '../../api/paths';
import { useApi } from '../../api/use-api';
import { shownDuration, Time } from '../../parts/time';
import { Link } from '../../router';
import type { QueuedItem } from './bodies';
import { LoadedIfKnown } from './loaded-if-known';

const what: Readonly<Record<QueuedItem['kind'], string>> = {
  task: 'a task',
  run: 'a run to start',
  finalize: 'a run to clean up after',
};

/** What waits for agents, the oldest first. */
export function QueueSection({ path }: { readonly path: string }) {
  const answer = useApi<PageOf<QueuedItem>>(withQuery(path, { limit: 20 }), { every: 5000 });
  const total = answer.data?.totalElements ?? 0;
  const oldest = answer.data?.content[0];
  return (
    <section className="stack" aria-label="Queue">
      <div className="section-head">
        <h2>Queue for agents</h2>
        {oldest && (
          <span className="soft">
            {total.toLocaleString('en')} wait, the oldest for {shownDuration(oldest.waited)}
          </span>
        )}
      </div>
      <LoadedIfKnown answer={answer} what="what waits for agents">
        {({ content }) =>
          content.length === 0 ? (
            <p className="soft">Nothing waits for an agent.</p>
          ) : (
            <div className="table-box">
              <table>
                <thead>
                  <tr>
                    <th className="number">Waited</th>
                    <th>What</th>
                    <th>Why</th>
                    <th className="wide-only">Team</th>
                    <th className="wide-only">Since</th>
                    <th>Run</th>
                  </tr>
                </thead>
                <tbody>
                  {content.map((item) => (
                    <tr key={`${item.kind} ${item.id}`}>
                      <td className="number">{shownDuration(item.waited)}</td>
                      <td>
                        {what[item.kind]} {item.kind === 'task' && <code>{item.type}</code>}
                      </td>
                      <td className={`wrap${item.agents === 0 ? ' hue-bad' : ''}`}>{whyItWaits(item)}</td>
                      <td className="wide-only">{item.team}</td>
                      <td className="wide-only">
                        <Time at={item.since} />
                      </td>
                      <td>
                        <Link to={`/team/${encodeURIComponent(item.team)}/runs/${item.workflowRunRef}`}>
                          open<span className="hidden-name"> the run of {item.id}</span>
                        </Link>
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

function whyItWaits({ agents, kind, type }: QueuedItem): string {
  const work = kind === 'task' ? `tasks of type ${type}` : 'runs';
  if (agents === 0) return `No living agent takes ${work}: start one.`;
  return agents === 1
    ? `The one agent that takes ${work} has not asked yet.`
    : `None of the ${agents} agents that take ${work} has asked yet.`;
}
