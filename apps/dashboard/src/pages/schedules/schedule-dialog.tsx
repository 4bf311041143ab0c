import type {
  CronValidation,
  Json,
  ScheduleBody,
  ScheduleRequest,
  TeamBody,
  WorkflowDefinition,
  WorkflowParamDefinition,
} from '#libs/contracts';
import { useEffect, useState } from 'react';
import type { ApiError, ApiRequest } from '../../api/client';
import { teamPath, withQuery, workflowPath } from '../../api/paths';
import { useApi, useChange } from '../../api/use-api';
import { Dialog, type DialogControl } from '../../parts/dialog';
import { FormEnd } from '../../parts/form-end';
import { notify } from '../../parts/notices';
import { ReasonField } from '../../parts/reason-field';
import { ZonedTime } from '../../parts/zoned-time';

interface ScheduleDialogProps {
  readonly team: string;
  /** The one to change; absent: a new one. */
  readonly schedule?: ScheduleBody;
  /** Of a new one: the workflow that it starts. */
  readonly workflow?: string;
}

/** Makes or changes a schedule; the next firings show while the expression is written. */
export function ScheduleDialog({ dialog, ...rest }: ScheduleDialogProps & { readonly dialog: DialogControl }) {
  return (
    <Dialog dialog={dialog} title={rest.schedule ? `Change ${rest.schedule.name}` : 'New schedule'} isWide>
      <Form close={dialog.close} {...rest} />
    </Dialog>
  );
}

const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

interface Draft {
  readonly name: string;
  readonly workflow: string;
  readonly kind: 'cron' | 'runOnce';
  readonly cron: string;
  /** Local to the zone, without an offset. */
  readonly date: string;
  readonly zone: string;
  /** By name of param; what is empty is left to the workflow's default. */
  readonly params: Readonly<Record<string, string>>;
}

function draftOf(schedule: ScheduleBody | undefined, workflow: string | undefined): Draft {
  const zone = schedule?.timezone ?? ownZone;
  return {
    name: schedule?.name ?? '',
    workflow: schedule?.workflowRef ?? workflow ?? '',
    kind: schedule?.type === 'runOnce' ? 'runOnce' : 'cron',
    cron: schedule?.cronSchedule ?? '0 6 * * *',
    date: schedule?.dateSchedule ? localIn(schedule.dateSchedule, zone) : '',
    zone,
    params: Object.fromEntries(
      (schedule?.params ?? []).map(({ name, value }) => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ),
  };
}

/** A moment as a field for dates wants it, in the zone. */
function localIn(at: string, zone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
    .format(Date.parse(at))
    .replace(' ', 'T');
}

function Form({ team, schedule, workflow, close }: ScheduleDialogProps & { readonly close: () => void }) {
  const [draft, setDraft] = useState(() => draftOf(schedule, workflow));
  const [reason, setReason] = useState('');
  const path = `${teamPath(team)}/schedule`;
  const change = useChange<ScheduleBody>(path);
  const { data: known } = useApi<TeamBody>(teamPath(team), { freshFor: 60_000 });
  const { data: definition } = useApi<WorkflowDefinition>(
    draft.workflow === '' ? null : `${workflowPath(team, draft.workflow)}?withTasks=false`,
    { freshFor: 60_000 },
  );
  const declared = (draft.workflow !== '' && definition?.params) || [];
  const set = (part: Partial<Draft>): void => setDraft((now) => ({ ...now, ...part }));
  const params = Object.entries(draft.params).filter(([, value]) => value !== '');
  const body: ScheduleRequest = {
    ...(schedule && { id: schedule.id }),
    workflowRef: draft.workflow,
    name: draft.name,
    type: draft.kind,
    timezone: draft.zone,
    ...(draft.kind === 'cron' ? { cronSchedule: draft.cron } : { dateSchedule: draft.date }),
    params: params.map(([name, value]) => ({
      name,
      value: sentValue(declared.find((each) => each.name === name)?.type ?? 'text', value),
    })),
  };
  const request: ApiRequest = {
    method: schedule ? 'PUT' : 'POST',
    path,
    body,
    ...(reason !== '' && { reason }),
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(request, {
          onSuccess: ({ name }) => {
            notify(schedule ? `${name} is changed.` : `${name} is made.`);
            close();
          },
        });
      }}
    >
      <div className="fields">
        <label className="field">
          <span>Name</span>
          <input
            required
            autoFocus
            maxLength={256}
            value={draft.name}
            onChange={(event) => set({ name: event.target.value })}
          />
        </label>
        <label className="field">
          <span>Workflow</span>
          <select
            required
            disabled={schedule !== undefined}
            value={draft.workflow}
            onChange={(event) => set({ workflow: event.target.value, params: {} })}
          >
            <option value="">Choose one</option>
            {draft.workflow !== '' && !known?.workflows.some(({ name }) => name === draft.workflow) && (
              <option value={draft.workflow}>{draft.workflow}</option>
            )}
            {known?.workflows.map(({ name, displayName }) => (
              <option key={name} value={name}>
                {displayName}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>How often</span>
          <select
            value={draft.kind}
            onChange={(event) => set({ kind: event.target.value === 'cron' ? 'cron' : 'runOnce' })}
          >
            <option value="cron">Again and again (cron)</option>
            <option value="runOnce">Once</option>
          </select>
        </label>
        <label className="field">
          <span>Time zone</span>
          <input
            list="zones"
            required
            value={draft.zone}
            spellCheck={false}
            onChange={(event) => set({ zone: event.target.value })}
          />
          <datalist id="zones">
            {Intl.supportedValuesOf('timeZone').map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </label>
      </div>
      {draft.kind === 'cron' ? (
        <Cron team={team} cron={draft.cron} zone={draft.zone} onChange={(cron) => set({ cron })} />
      ) : (
        <label className="field">
          <span>Date and time in {draft.zone}</span>
          <input
            type="datetime-local"
            step="1"
            required
            value={draft.date}
            onChange={(event) => set({ date: event.target.value })}
          />
        </label>
      )}
      {draft.workflow !== '' && (
        <Params declared={declared} values={draft.params} onChange={(values) => set({ params: values })} />
      )}
      <ReasonField value={reason} onChange={setReason} />
      <FormEnd change={change} requests={[request]} close={close}>
        {schedule ? 'Save the schedule' : 'Make the schedule'}
      </FormEnd>
    </form>
  );
}

interface CronProps {
  readonly team: string;
  readonly cron: string;
  readonly zone: string;
  readonly onChange: (cron: string) => void;
}

/** Milliseconds after the last key until the server is asked. */
const pause = 250;

/** The expression, and what the server makes of it. */
function Cron({ team, cron, zone, onChange }: CronProps) {
  const [asked, setAsked] = useState({ cron, zone });
  useEffect(() => {
    const timer = setTimeout(() => setAsked({ cron, zone }), pause);
    return () => clearTimeout(timer);
  }, [cron, zone]);
  const path =
    asked.cron.trim() === ''
      ? null
      : withQuery(`${teamPath(team)}/schedule/validate-cron`, { cron: asked.cron, timezone: asked.zone });
  const { data, error } = useApi<CronValidation>(path, { freshFor: 30_000 });
  const problem = problemOf(data, error);
  return (
    <>
      <label className="field">
        <span>Cron expression</span>
        <input
          className="mono"
          required
          spellCheck={false}
          autoComplete="off"
          value={cron}
          aria-invalid={problem !== null}
          aria-describedby="cron-help"
          onChange={(event) => onChange(event.target.value)}
        />
        <span id="cron-help" className={problem === null ? 'soft small' : 'field-error'} aria-live="polite">
          {problem ?? 'minute hour day month weekday; six or seven fields, or a ?, are Quartz'}
        </span>
      </label>
      {problem === null && data?.next && (
        <section aria-label="Next firings">
          <h3 className="soft small">Next firings: your time, and {zone}</h3>
          <ol className="firings">
            {data.next.map((at) => (
              <li key={at}>
                <ZonedTime at={at} zone={zone} />
              </li>
            ))}
          </ol>
          {data.next.length === 0 && <p className="hue-hold">It never fires.</p>}
        </section>
      )}
    </>
  );
}

function problemOf(data: CronValidation | undefined, error: ApiError | null): string | null {
  if (error?.status === 400) return error.message;
  return data?.valid === false ? (data.message ?? 'This is no cron expression.') : null;
}

/** As the API takes it: structures as JSON, numbers as numbers. What cannot be read so, the server refuses in its words. */
function sentValue(type: string, text: string): Json {
  if (!['number', 'boolean', 'array', 'object'].includes(type)) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

interface ParamsProps {
  readonly declared: readonly WorkflowParamDefinition[];
  readonly values: Readonly<Record<string, string>>;
  readonly onChange: (values: Readonly<Record<string, string>>) => void;
}

/** The values that each run of the schedule gets; a secret belongs in the team's params, and is not asked for here. */
function Params({ declared, values, onChange }: ParamsProps) {
  const asked = declared.filter(({ type }) => type !== 'password');
  if (asked.length === 0) return null;
  return (
    <fieldset className="params">
      <legend>Params of its runs</legend>
      <div className="fields">
        {asked.map(({ name, label, required, options, type, default: given }) => {
          const hint =
            given === undefined || given === null ? '' : typeof given === 'string' ? given : JSON.stringify(given);
          const isRequired = required === true && hint === '';
          const choices = type === 'boolean' ? ['true', 'false'].map((key) => ({ key, value: key })) : (options ?? []);
          const field = {
            value: values[name] ?? '',
            required: isRequired,
            onChange: (event: { readonly target: { readonly value: string } }) =>
              onChange({ ...values, [name]: event.target.value }),
          };
          return (
            <label key={name} className="field">
              <span>
                {label ?? name} {isRequired && <span className="soft">(required)</span>}
              </span>
              {choices.length > 0 ? (
                <select {...field}>
                  <option value="">{hint === '' ? 'none' : `default: ${hint}`}</option>
                  {choices.map(({ key, value }) => (
                    <option key={key} value={key}>
                      {value ?? key}
                    </option>
                  ))}
                </select>
              ) : (
                <input {...field} placeholder={hint === '' ? '' : `default: ${hint}`} />
              )}
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}
