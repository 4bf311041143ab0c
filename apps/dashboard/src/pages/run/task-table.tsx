import type { TaskRunBody } from '#libs/contracts';
import { Sentence } from '../../parts/sentence';
import { StatusMark } from '../../parts/status';
import { shownDuration, Time } from '../../parts/time';
import { type Span, total } from './task-times';

interface TaskTableProps {
  readonly tasks: readonly TaskRunBody[];
  readonly spans: ReadonlyMap<string, readonly Span[]>;
  readonly critical: ReadonlySet<string>;
  readonly now: number;
  readonly selected: string | null;
  readonly onSelect: (task: string) => void;
}

/** What graph and timeline draw, as a table. */
export function TaskTable({ tasks, spans, critical, now, selected, onSelect }: TaskTableProps) {
  return (
    <div className="table-box">
      <table>
        <thead>
          <tr>
            <th>Task</th>
            <th>Status</th>
            <th className="wide-only">Type</th>
            <th className="wide-only">Started</th>
            <th className="number">Queued</th>
            <th className="number">Waited</th>
            <th className="number">Ran</th>
            <th className="wide-only">Message</th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => {
            const own = spans.get(task.id);
            const shown = (kind: Span['kind']): string => {
              const took = total(own, kind, now);
              return took > 0 ? shownDuration(took) : '–';
            };
            return (
              <tr key={task.id} className={task.name === selected ? 'on' : ''}>
                <td>
                  <button type="button" className="as-link" onClick={() => onSelect(task.name)}>
                    {task.name}
                  </button>
                  {critical.has(task.name) && (
                    <i
                      className="critical-mark"
                      role="img"
                      aria-label="on the critical path"
                      title="on the critical path"
                    />
                  )}
                </td>
                <td>
                  <StatusMark status={task.status} />
                </td>
                <td className="wide-only">{task.type}</td>
                <td className="wide-only">
                  <Time at={task.startTime} />
                </td>
                <td className="number">{shown('queued')}</td>
                <td className="number">{shown('waiting')}</td>
                <td className="number">{shown('running')}</td>
                <td className="wide-only grow soft" title={task.statusMessage}>
                  {task.statusMessage !== undefined && <Sentence text={task.statusMessage} />}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
