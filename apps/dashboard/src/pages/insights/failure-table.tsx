import type { InsightsBody } from '#libs/contracts';
import { withQuery } from '../../api/paths';
import { Link } from '../../router';

interface FailureTableProps {
  readonly team: string;
  readonly insights: InsightsBody;
}

/** Why runs failed: messages that differ only in numbers, ids and quoted texts are one. */
export function FailureTable({ team, insights: { failures, otherFailures } }: FailureTableProps) {
  if (failures.length === 0) return null;
  const base = `/team/${encodeURIComponent(team)}`;
  return (
    <section className="stack" aria-label="Why they failed">
      <h2>Why they failed</h2>
      <div className="table-box">
        <table>
          <thead>
            <tr>
              <th className="number">Runs</th>
              <th>Message</th>
              <th>Look at</th>
            </tr>
          </thead>
          <tbody>
            {failures.map(({ shape, runs, latest }) => {
              const words = wordsOf(shape);
              return (
                <tr key={shape}>
                  <td className="number">{runs.toLocaleString('en')}</td>
                  <td className="wrap">
                    {shape === '' ? <span className="soft">without a message</span> : <code>{shape}</code>}
                  </td>
                  <td>
                    <span className="line">
                      <Link to={`${base}/runs/${latest}`}>the newest</Link>
                      {words !== '' && <Link to={withQuery(`${base}/search`, { q: words })}>all like it</Link>}
                    </span>
                  </td>
                </tr>
              );
            })}
            {otherFailures > 0 && (
              <tr>
                <td className="number">{otherFailures.toLocaleString('en')}</td>
                <td className="soft">with other messages</td>
                <td />
              </tr>
            )}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** What a search finds them by: the first words that are not placeholders. */
function wordsOf(shape: string): string {
  const words = shape.replace(/<\w+>\S*/g, ' ').match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words)].slice(0, 6).join(' ');
}
