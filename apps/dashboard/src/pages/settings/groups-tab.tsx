import type { TeamBody } from '#libs/contracts';
import { useState } from 'react';
import { teamPath } from '../../api/paths';
import { Confirm } from '../../parts/confirm';
import { type DialogControl, useDialog } from '../../parts/dialog';
import { Guarded, lacks } from '../../parts/guarded';
import { State } from '../../parts/states';
import { useMay } from '../../session/session';
import { FormDialog } from './form-dialog';

type Group = TeamBody['approverGroups'][number];

interface TabProps {
  readonly team: string;
  readonly body: TeamBody;
}

/** Groups of people who decide approvals that name them. */
export function GroupsTab({ team, body }: TabProps) {
  const mayManage = useMay(team)('team/manage');
  const adding = useDialog();
  return (
    <div className="stack">
      <div className="line">
        <Guarded may={mayManage} why={lacks('team/manage')} look="main" onClick={adding.open}>
          New group
        </Guarded>
        {!mayManage && <span className="soft">Owners change the groups.</span>}
      </div>
      {body.approverGroups.length === 0 ? (
        <State title="The team has no approver group">
          <p className="soft">Without one, every member who may decide decides every approval.</p>
        </State>
      ) : (
        <div className="table-box">
          <table>
            <thead>
              <tr>
                <th>Group</th>
                <th>Approvers</th>
                <th>
                  <span className="hidden-name">What can be done</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {body.approverGroups.map((group) => (
                <Row key={group.id} team={team} body={body} group={group} mayManage={mayManage} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <GroupDialog dialog={adding} team={team} body={body} />
    </div>
  );
}

function Row({ team, body, group, mayManage }: TabProps & { readonly group: Group; readonly mayManage: boolean }) {
  const editing = useDialog();
  const removing = useDialog();
  return (
    <tr>
      <td>{group.name}</td>
      <td className="wrap">{group.approvers.map(({ name, email, id }) => name ?? email ?? id).join(', ')}</td>
      <td>
        <span className="cell-actions">
          <Guarded may={mayManage} why={lacks('team/manage')} look="plain" onClick={editing.open}>
            Change<span className="hidden-name"> {group.name}</span>
          </Guarded>
          <Guarded may={mayManage} why={lacks('team/manage')} look="plain" onClick={removing.open}>
            Delete<span className="hidden-name"> {group.name}</span>
          </Guarded>
        </span>
        <GroupDialog dialog={editing} team={team} body={body} group={group} />
        <Confirm
          dialog={removing}
          title={`Delete the group ${group.name}?`}
          action="Delete the group"
          isDangerous
          request={{ method: 'DELETE', path: `${teamPath(team)}/approvers`, body: [group.id] }}
          changes={[teamPath(team)]}
          done={`${group.name} is deleted.`}
        >
          <p>Approvals that name it can be decided by owners only.</p>
        </Confirm>
      </td>
    </tr>
  );
}

interface GroupDialogProps extends TabProps {
  readonly dialog: DialogControl;
  readonly group?: Group;
}

function GroupDialog({ dialog, team, body: { members }, group }: GroupDialogProps) {
  const [name, setName] = useState(group?.name ?? '');
  const idOf = ({
    id,
    email,
  }: {
    readonly id?: string | null | undefined;
    readonly email?: string | null | undefined;
  }) => id ?? email ?? '';
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(group?.approvers.map(idOf)));
  return (
    <FormDialog
      dialog={dialog}
      title={group ? `Change ${group.name}` : 'New approver group'}
      action={group ? 'Save' : 'Make the group'}
      done={group ? `${name} is changed.` : `${name} is made.`}
      request={{
        method: 'PATCH',
        path: teamPath(team),
        body: { approverGroups: [{ ...(group && { id: group.id }), name, approvers: [...chosen] }] },
      }}
      changes={[teamPath(team)]}
    >
      <label className="field">
        <span>Name</span>
        <input required value={name} onChange={(event) => setName(event.target.value)} />
      </label>
      <fieldset className="choices">
        <legend>Approvers</legend>
        {members.length === 0 && <p className="soft">The team has no member.</p>}
        {members.map((member) => {
          const id = idOf(member);
          return (
            <label key={id} className="line">
              <input
                type="checkbox"
                checked={chosen.has(id)}
                onChange={() => {
                  const next = new Set(chosen);
                  if (!next.delete(id)) next.add(id);
                  setChosen(next);
                }}
              />
              {member.name ?? id} <span className="soft">{member.role}</span>
            </label>
          );
        })}
      </fieldset>
    </FormDialog>
  );
}
