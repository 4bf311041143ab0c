import type { TeamBody } from '#libs/contracts';
import { useState } from 'react';
import { teamPath } from '../../api/paths';
import { Confirm } from '../../parts/confirm';
import { type DialogControl, useDialog } from '../../parts/dialog';
import { Guarded, lacks } from '../../parts/guarded';
import { useMay, useSession } from '../../session/session';
import { FormDialog } from './form-dialog';
import { limitOf, limits } from './limits';
import { TeamUsage } from './team-usage';

const kept = ['succeeded', 'failed', 'invalid', 'skipped', 'cancelled', 'timedout'] as const;

interface TabProps {
  readonly team: string;
  readonly body: TeamBody;
}

const limitText = (limit: number | null) => (limit === null ? 'no limit' : `at most ${limit.toLocaleString('en')}`);

/** Limits of the team; how long its runs stay; what it takes only with a reason. */
export function QuotasTab({ team, body }: TabProps) {
  const { token } = useSession();
  const may = useMay(team);
  const editing = useDialog();
  const resetting = useDialog();
  const keeping = useDialog();
  const isGlobal = token.type === 'global';
  const why = 'Only a global token sets quotas: ask whoever runs the server.';
  const { quotas, retention = {}, requiredReasons = [] } = body;
  return (
    <div className="quota-columns">
      <section className="stack" aria-label="Quotas">
        <div className="section-head">
          <h2>Quotas</h2>
          <Guarded may={isGlobal} why={why} onClick={editing.open}>
            Change …
          </Guarded>
          <Guarded may={isGlobal} why={why} onClick={resetting.open}>
            Put back …
          </Guarded>
        </div>
        <TeamUsage quotas={quotas} />
        <dl className="facts">
          {limits
            .filter(({ isCounted }) => !isCounted)
            .map(({ id, label }) => (
              <div key={id} style={{ display: 'contents' }}>
                <dt>{label}</dt>
                <dd>{limitText(limitOf(quotas, id))}</dd>
              </div>
            ))}
        </dl>
      </section>
      <section className="stack" aria-label="Rules">
        <div className="section-head">
          <h2>How long finished runs stay</h2>
          <Guarded may={may('team/manage')} why={lacks('team/manage')} onClick={keeping.open}>
            Change …
          </Guarded>
        </div>
        <dl className="facts">
          {kept.map((status) => (
            <div key={status} style={{ display: 'contents' }}>
              <dt>{status}</dt>
              <dd>
                {retention[status]
                  ? `${retention[status]} days, then the archive`
                  : 'as the installation says; else for ever'}
              </dd>
            </div>
          ))}
        </dl>
        <div className="section-head">
          <h2>Only with a reason</h2>
        </div>
        {requiredReasons.length === 0 ? (
          <p className="soft">The team takes everything without a reason.</p>
        ) : (
          <p className="line">
            {requiredReasons.map((operation) => (
              <code key={operation} className="chip">
                {operation}
              </code>
            ))}
          </p>
        )}
      </section>
      <QuotaDialog dialog={editing} team={team} body={body} />
      <RetentionDialog dialog={keeping} team={team} body={body} />
      <Confirm
        dialog={resetting}
        title="Put all quotas back to the default?"
        action="Put them back"
        request={{ method: 'DELETE', path: `${teamPath(team)}/quotas` }}
        changes={[teamPath(team)]}
        done="The quotas are those of a new team now."
      >
        <p>Runs that exist stay; new ones count against the default.</p>
      </Confirm>
    </div>
  );
}

function QuotaDialog({ dialog, team, body: { quotas } }: TabProps & { readonly dialog: DialogControl }) {
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const changed = Object.entries(values).flatMap(([id, text]) => (text === '' ? [] : [[id, Number(text)] as const]));
  return (
    <FormDialog
      dialog={dialog}
      title="Quotas of the team"
      action="Save the quotas"
      done="The quotas are changed."
      request={{ method: 'PATCH', path: teamPath(team), body: { quotas: Object.fromEntries(changed) } }}
      changes={[teamPath(team)]}
    >
      <p className="soft">0 means no limit. What is left empty stays.</p>
      <div className="fields">
        {limits.map(({ id, label }) => (
          <label key={id} className="field">
            <span>{label}</span>
            <input
              type="number"
              min={0}
              placeholder={`${limitOf(quotas, id) ?? 0}`}
              value={values[id] ?? ''}
              onChange={(event) => setValues({ ...values, [id]: event.target.value })}
            />
          </label>
        ))}
      </div>
    </FormDialog>
  );
}

function RetentionDialog({ dialog, team, body: { retention = {} } }: TabProps & { readonly dialog: DialogControl }) {
  const [values, setValues] = useState<Readonly<Record<string, string>>>(
    Object.fromEntries(Object.entries(retention).map(([status, days]) => [status, `${days}`])),
  );
  const set = Object.entries(values).flatMap(([status, text]) =>
    text === '' ? [] : [[status, Number(text)] as const],
  );
  return (
    <FormDialog
      dialog={dialog}
      title="How long finished runs stay"
      action="Save"
      done="The team keeps its runs as you said."
      request={{ method: 'PATCH', path: teamPath(team), body: { retention: Object.fromEntries(set) } }}
      changes={[teamPath(team)]}
    >
      <p className="soft">
        Days after which runs leave the database for the archive; 0 means never. What is left empty follows the
        installation.
      </p>
      <div className="fields">
        {kept.map((status) => (
          <label key={status} className="field">
            <span>{status}</span>
            <input
              type="number"
              min={0}
              max={36_500}
              value={values[status] ?? ''}
              onChange={(event) => setValues({ ...values, [status]: event.target.value })}
            />
          </label>
        ))}
      </div>
    </FormDialog>
  );
}
