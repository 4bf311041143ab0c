import type { WorkflowDifferenceBody, WorkflowSavesBody } from '#libs/contracts';
import { workflowPath } from '../../api/paths';
import { useApi } from '../../api/use-api';
import { Loaded, State } from '../../parts/states';
import { Time } from '../../parts/time';
import { addressWith, Link, useSearch } from '../../router';
import { lineDifference } from './line-difference';

/** Who saved what, when and why; and what differs between two of the saves. */
export function RevisionsTab({ team, workflow }: { readonly team: string; readonly workflow: string }) {
  const [search, change] = useSearch();
  const answer = useApi<WorkflowSavesBody>(`${workflowPath(team, workflow)}/revisions?limit=1000`);
  return (
    <Loaded answer={answer} what="the revisions">
      {({ revisions, next }) => {
        const newestFirst = revisions.toReversed();
        const current = newestFirst.filter(({ replaced }) => !replaced).map(({ version }) => version);
        const to = Number(search.get('to') ?? current[0]);
        const from = Number(search.get('from') ?? current.find((version) => version < to) ?? to);
        return (
          <div className="stack">
            {next !== undefined && <p className="note">These are the first 1,000 saves.</p>}
            <div className="table-box">
              <table>
                <thead>
                  <tr>
                    <th className="gutter number">Version</th>
                    <th>From</th>
                    <th>To</th>
                    <th>Saved</th>
                    <th>By</th>
                    <th>Why</th>
                    <th className="wide-only">Changed</th>
                    <th>
                      <span className="hidden-name">Open</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {newestFirst.map(({ version, replaced, revisionId, time, actor, reason, changed }) => (
                    <tr key={revisionId}>
                      <td className="gutter number">{version}</td>
                      {replaced ? (
                        <td colSpan={2} className="soft">
                          replaced
                        </td>
                      ) : (
                        (['from', 'to'] as const).map((end) => (
                          <td key={end}>
                            <input
                              type="radio"
                              name={end}
                              aria-label={`Compare ${end} version ${version}`}
                              checked={(end === 'from' ? from : to) === version}
                              onChange={() => change({ [end]: `${version}` }, { replace: true })}
                            />
                          </td>
                        ))
                      )}
                      <td>
                        <Time at={time} />
                      </td>
                      <td title={actor.id}>{actor.name ?? actor.id}</td>
                      <td className="wrap">{reason ?? <span className="soft">–</span>}</td>
                      <td className="wide-only wrap small soft">
                        {changed.slice(0, 4).join(', ')}
                        {changed.length > 4 && ` and ${changed.length - 4} more`}
                      </td>
                      <td>
                        {!replaced && (
                          <Link to={addressWith({ tab: 'source', version: `${version}`, from: null, to: null })}>
                            Source<span className="hidden-name"> of version {version}</span>
                          </Link>
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            {from === to ? (
              <State
                title={current.length < 2 ? 'There is one version: nothing to compare yet' : 'Choose two versions'}
              />
            ) : (
              <Difference team={team} workflow={workflow} from={from} to={to} />
            )}
          </div>
        );
      }}
    </Loaded>
  );
}

interface DifferenceProps {
  readonly team: string;
  readonly workflow: string;
  readonly from: number;
  readonly to: number;
}

function Difference({ team, workflow, from, to }: DifferenceProps) {
  const answer = useApi<WorkflowDifferenceBody>(`${workflowPath(team, workflow)}/diff?from=${from}&to=${to}`);
  return (
    <section className="stack" aria-label={`From version ${from} to version ${to}`}>
      <div className="section-head">
        <h2>
          From version {from} to version {to}
        </h2>
        {answer.data && (
          <span className="soft">
            {answer.data.total === 1 ? '1 field differs' : `${answer.data.total} fields differ`}
          </span>
        )}
      </div>
      <Loaded answer={answer} what="the difference">
        {({ changes, total }) => (
          <>
            {total === 0 && <p className="soft">They do not differ.</p>}
            {changes.map(({ path, before, after }) => (
              <div key={path} className="change">
                <code className="change-path">{path}</code>
                <Change before={before} after={after} />
              </div>
            ))}
            {total > changes.length && (
              <p className="soft">And {total - changes.length} more: the curl line pages through them.</p>
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}

/** Names, so that nothing is told by colour alone. */
const marks = { same: ' ', before: '−', after: '+' } as const;

function Change({ before, after }: { readonly before?: unknown; readonly after?: unknown }) {
  const lines =
    typeof before === 'string' && typeof after === 'string'
      ? lineDifference(before, after)
      : [
          ...(before === undefined ? [] : shown(before).map((text) => ({ kind: 'before' as const, text }))),
          ...(after === undefined ? [] : shown(after).map((text) => ({ kind: 'after' as const, text }))),
        ];
  return (
    <pre className="difference">
      {lines.map(({ kind, text }, index) => (
        <span key={index} className={kind}>
          {marks[kind]} {text}
          {'\n'}
        </span>
      ))}
    </pre>
  );
}

function shown(value: unknown): readonly string[] {
  return (typeof value === 'string' ? value : JSON.stringify(value, null, 2)).split('\n');
}
