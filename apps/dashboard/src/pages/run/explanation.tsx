import type { RunExplanationBody, TaskRunBody, WorkflowRunBody } from '#libs/contracts';
import { runPath } from '../../api/paths';
import { useApi } from '../../api/use-api';
import { ErrorNote } from '../../parts/states';
import { Sentence } from '../../parts/sentence';
import { Time } from '../../parts/time';

interface ExplanationProps {
  readonly team: string;
  readonly run: WorkflowRunBody;
  readonly onSelect: (task: string) => void;
}

const mostShown = 6;

/** Why the run stands where it stands: what it waits for, or what made it fail, in words. */
export function Explanation({ team, run, onSelect }: ExplanationProps) {
  const { status, phase, tasks = [] } = run;
  const isBad = ['failed', 'invalid', 'timedout'].includes(status);
  const isDone = phase === 'finalized' || (phase === 'completed' && !isBad);
  const explanation = useApi<RunExplanationBody>(isDone ? null : `${runPath(team, run.id)}/explain`, { every: 5000 });
  const failed = tasks.filter((task) => ['failed', 'invalid', 'timedout'].includes(task.status));
  if (isBad) {
    return (
      <section className="note bad stack" aria-label="Why it failed">
        <p>
          <b>
            <Sentence text={run.statusMessage ?? 'The run did not reach its end.'} />
          </b>
        </p>
        <FailedTasks tasks={failed} onSelect={onSelect} />
      </section>
    );
  }
  if (explanation.error && !explanation.data) return <ErrorNote error={explanation.error} />;
  if (isDone || !explanation.data)
    return run.statusMessage === undefined ? null : (
      <p className="note">
        <Sentence text={run.statusMessage} />
      </p>
    );
  const { summary, waits } = explanation.data;
  return (
    <section
      className={`note stack ${status === 'waiting' || run.awaitingApproval ? 'hold' : 'active'}`}
      aria-label="What it waits for"
    >
      <p>
        <b>
          <Sentence text={summary} />
        </b>
      </p>
      <ul>
        {waits
          .filter(({ kind }) => kind !== 'dependencies')
          .slice(0, mostShown)
          .map(({ sentence, since, until, task }) => (
            <li key={`${task?.id ?? ''} ${sentence}`}>
              <Sentence text={sentence} />{' '}
              <span className="soft small">
                {since !== undefined && (
                  <>
                    since <Time at={since} />
                  </>
                )}
                {until !== undefined && (
                  <>
                    , until <Time at={until} />
                  </>
                )}
              </span>
            </li>
          ))}
      </ul>
      <FailedTasks tasks={failed} onSelect={onSelect} />
    </section>
  );
}

function FailedTasks({
  tasks,
  onSelect,
}: {
  readonly tasks: readonly TaskRunBody[];
  readonly onSelect: (task: string) => void;
}) {
  if (tasks.length === 0) return null;
  return (
    <ul>
      {tasks.slice(0, mostShown).map(({ id, name, status, statusMessage }) => (
        <li key={id}>
          <button type="button" className="as-link" onClick={() => onSelect(name)}>
            {name}
          </button>{' '}
          {status}
          {statusMessage !== undefined && (
            <>
              : <Sentence text={statusMessage.slice(0, 300)} />
            </>
          )}
        </li>
      ))}
      {tasks.length > mostShown && <li className="soft">and {tasks.length - mostShown} more</li>}
    </ul>
  );
}
