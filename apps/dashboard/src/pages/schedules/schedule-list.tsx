import type { ScheduleBody } from '#libs/contracts';
import { useState } from 'react';
import type { PageOf } from '../../api/page-of';
import { teamPath, withQuery } from '../../api/paths';
import { useApi, useChange } from '../../api/use-api';
import { useKeys } from '../../frame/keys';
import { Confirm } from '../../parts/confirm';
import { useDialog } from '../../parts/dialog';
import { Guarded, lacks } from '../../parts/guarded';
import { notify } from '../../parts/notices';
import { Loaded, State } from '../../parts/states';
import { looks, Shape, type Status } from '../../parts/status';
import { Time } from '../../parts/time';
import { ZonedTime } from '../../parts/zoned-time';
import { Link } from '../../router';
import { useMay } from '../../session/session';
import { ScheduleDialog } from './schedule-dialog';
import './schedules.css';

/** A schedule's state in the shapes and words of the dashboard. */
const states: Readonly<Record<ScheduleBody['status'], readonly [shape: Status, word: string]>> = {
  active: ['succeeded', 'Active'],
  inactive: ['skipped', 'Off'],
  trigger_disabled: ['waiting', 'The workflow does not let schedules start it'],
  error: ['failed', 'Error'],
  completed: ['succeeded', 'Done'],
  deleted: ['cancelled', 'Deleted'],
};

interface ScheduleListProps {
  readonly team: string;
  /** Only those of this workflow. */
  readonly workflow?: string;
}

/** The schedules, with their next firing, and what can be done with them. */
export function ScheduleList({ team, workflow }: ScheduleListProps) {
  const may = useMay(team);
  const making = useDialog();
  const mayWrite = may('schedule/write');
  const path = withQuery(`${teamPath(team)}/schedule/query`, { workflows: workflow });
  const answer = useApi<PageOf<ScheduleBody>>(path, { every: 15_000 });
  useKeys([{ keys: 'c', does: 'Create a schedule', run: () => mayWrite && making.open() }]);
  return (
    <div className="stack">
      <div className="line">
        <Guarded may={mayWrite} why={lacks('schedule/write')} look="main" title="c" onClick={making.open}>
          New schedule
        </Guarded>
      </div>
      <Loaded answer={answer} what="the schedules">
        {({ content }) =>
          content.length === 0 ? (
            <State title={workflow === undefined ? 'The team has no schedule' : 'No schedule starts this workflow'}>
              <p className="soft">
                A schedule starts a workflow once at a date, or again and again as a cron expression says.
              </p>
            </State>
          ) : (
            <div className="table-box">
              <table>
                <thead>
                  <tr>
                    <th>Schedule</th>
                    {workflow === undefined && <th>Workflow</th>}
                    <th>When</th>
                    <th>State</th>
                    <th>Next firing</th>
                    <th className="wide-only">Last run</th>
                    <th>
                      <span className="hidden-name">What can be done</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {content.map((schedule) => (
                    <Row key={schedule.id} team={team} schedule={schedule} hasWorkflow={workflow === undefined} />
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
      <ScheduleDialog dialog={making} team={team} {...(workflow !== undefined && { workflow })} />
    </div>
  );
}

interface RowProps {
  readonly team: string;
  readonly schedule: ScheduleBody;
  readonly hasWorkflow: boolean;
}

function Row({ team, schedule, hasWorkflow }: RowProps) {
  const { id, name, description, workflowRef, type, cronSchedule, dateSchedule, timezone, status } = schedule;
  const { statusMessage, nextScheduleDate, workflowRunRef, missed } = schedule;
  const may = useMay(team);
  const editing = useDialog();
  const removing = useDialog();
  const [isBusy, setBusy] = useState(false);
  const base = `/team/${encodeURIComponent(team)}`;
  const schedules = `${teamPath(team)}/schedule`;
  const change = useChange<ScheduleBody>(schedules);
  const [shape, word] = states[status];
  const isOn = status !== 'inactive';
  const turn = (): void => {
    setBusy(true);
    change.mutate(
      { method: 'PUT', path: schedules, body: { id, status: isOn ? 'inactive' : 'active' } },
      {
        onSuccess: () => notify(`${name} is ${isOn ? 'off' : 'on'} now.`),
        onError: ({ message }) => notify(message),
        onSettled: () => setBusy(false),
      },
    );
  };
  return (
    <tr>
      <td className="schedule-name" title={description}>
        {name}
      </td>
      {hasWorkflow && (
        <td>
          <Link to={`${base}/workflows/${encodeURIComponent(workflowRef)}?tab=schedules`}>{workflowRef}</Link>
        </td>
      )}
      <td>
        <span className="zoned">
          {type === 'runOnce' ? (
            <span>
              once, <Time at={dateSchedule} />
            </span>
          ) : (
            <code>{cronSchedule}</code>
          )}
          <span className="soft small">{timezone}</span>
        </span>
      </td>
      <td className="schedule-state">
        <span className={`status hue-${looks[shape].hue}`}>
          <Shape status={shape} />
          {word}
        </span>
        {statusMessage && <span className="small field-error">{statusMessage}</span>}
        {missed > 0 && <span className="small soft">{missed} missed after an outage</span>}
      </td>
      <td>
        {nextScheduleDate ? <ZonedTime at={nextScheduleDate} zone={timezone} /> : <span className="soft">none</span>}
      </td>
      <td className="wide-only">
        {workflowRunRef ? (
          <Link to={`${base}/runs/${workflowRunRef}`}>
            the run<span className="hidden-name"> of the last firing of {name}</span>
          </Link>
        ) : (
          <span className="soft">none</span>
        )}
      </td>
      <td>
        <span className="cell-actions">
          <Guarded may={may('schedule/write')} why={lacks('schedule/write')} look="plain" onClick={editing.open}>
            Edit<span className="hidden-name"> {name}</span>
          </Guarded>
          <Guarded
            may={may('schedule/write') && !['completed', 'deleted'].includes(status)}
            why={may('schedule/write') ? 'It has fired, and fires no more.' : lacks('schedule/write')}
            look="plain"
            isBusy={isBusy}
            onClick={turn}
          >
            {isOn ? 'Turn off' : 'Turn on'}
            <span className="hidden-name"> {name}</span>
          </Guarded>
          <Guarded may={may('schedule/delete')} why={lacks('schedule/delete')} look="plain" onClick={removing.open}>
            Delete<span className="hidden-name"> {name}</span>
          </Guarded>
        </span>
        <ScheduleDialog dialog={editing} team={team} schedule={schedule} />
        <Confirm
          dialog={removing}
          title={`Delete the schedule ${name}?`}
          action="Delete the schedule"
          isDangerous
          request={{ method: 'DELETE', path: `${schedules}/${id}` }}
          changes={[schedules]}
          done={`${name} is deleted.`}
        >
          <p>It starts {workflowRef} no more. To stop it for a while, turn it off instead.</p>
        </Confirm>
      </td>
    </tr>
  );
}
