import type { BulkBody } from '#libs/contracts';
import type { PageOf } from '../../api/page-of';
import { bulkAddress, bulkPath, withQuery } from '../../api/paths';
import { useApi } from '../../api/use-api';
import type { PageProps } from '../../page-props';
import { Curl } from '../../parts/curl';
import { Pager } from '../../parts/pager';
import { Loaded, State } from '../../parts/states';
import { Time } from '../../parts/time';
import { Link, useSearch } from '../../router';
import { runs, verbs } from '../runs/bulk-dialog';
import { BulkStatusMark, outcomeOrder, outcomeWords } from './bulk-words';
import './bulk.css';

const pageSize = 25;

/** The bulk jobs of a team, newest first. */
export function BulkListPage({ team }: PageProps) {
  const [search] = useSearch();
  const path = withQuery(`${bulkPath(team)}/query`, { limit: pageSize, page: Number(search.get('page') ?? 0) });
  const list = useApi<PageOf<BulkBody>>(path, { every: 5000 });
  return (
    <div className="stack">
      <p>
        <Link to={`/team/${encodeURIComponent(team)}/runs`}>Runs</Link>
      </p>
      <div className="line spread">
        <h1>Bulk jobs</h1>
        <Curl requests={[{ path }]} />
      </div>
      <Loaded answer={list} what="the bulk jobs">
        {({ content, number, totalPages }) =>
          content.length === 0 ? (
            <State title="No bulk job yet">
              <p>Choose runs in the list of runs, or all that fit its filters, to cancel or retry them at once.</p>
            </State>
          ) : (
            <>
              <div className="table-box">
                <table className="bulk-jobs">
                  <thead>
                    <tr>
                      <th>Job</th>
                      <th>Status</th>
                      <th>What came of its runs</th>
                      <th>Made</th>
                      <th className="wide-only">By</th>
                      <th className="wide-only">Reason</th>
                    </tr>
                  </thead>
                  <tbody>
                    {content.map((job) => (
                      <tr key={job.id}>
                        <td>
                          <Link to={bulkAddress(team, job.id)}>
                            {verbs[job.action]} {runs(job.runs)}
                          </Link>
                        </td>
                        <td>
                          <BulkStatusMark status={job.status} />
                        </td>
                        <td>
                          {outcomeOrder
                            .filter((each) => job.outcomes[each] > 0)
                            .map(
                              (each) =>
                                `${job.outcomes[each].toLocaleString('en')} ${outcomeWords[each].toLowerCase()}`,
                            )
                            .join(', ')}
                        </td>
                        <td>
                          <Time at={job.creationDate} />
                        </td>
                        <td className="wide-only">{job.by.name ?? job.by.id}</td>
                        <td className="wide-only cut">{job.reason}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              <Pager number={number} totalPages={totalPages} says={`Page ${number + 1} of ${totalPages}`} />
              <p className="soft">A job is shown for 30 days after its end; the audit trail keeps it.</p>
            </>
          )
        }
      </Loaded>
    </div>
  );
}
