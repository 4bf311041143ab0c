import type { TeamBody, TeamMemberBody } from '#libs/contracts';
import { useState } from 'react';
import { teamPath, withQuery } from '../../api/paths';
import { useApi } from '../../api/use-api';
import { Confirm } from '../../parts/confirm';
import { type DialogControl, useDialog } from '../../parts/dialog';
import { Guarded, lacks } from '../../parts/guarded';
import { State } from '../../parts/states';
import { Link } from '../../router';
import { useMay, useSession } from '../../session/session';
import { FormDialog } from './form-dialog';

interface TabProps {
  readonly team: string;
  readonly body: TeamBody;
}

interface Role {
  readonly name: string;
  readonly description: string;
}

/** Who belongs to the team, in which role. Only owners change it. */
export function MembersTab({ team, body: { members } }: TabProps) {
  const may = useMay(team);
  const mayManage = may('team/manage');
  const adding = useDialog();
  const { data: roles } = useApi<readonly Role[]>('/api/v2/team/roles', { freshFor: Infinity });
  return (
    <div className="stack">
      <div className="line">
        <Guarded may={mayManage} why={lacks('team/manage')} look="main" onClick={adding.open}>
          Add a member
        </Guarded>
        {!mayManage && <span className="soft">Owners change the members.</span>}
      </div>
      {members.length === 0 ? (
        <State title="The team has no member">
          <p className="soft">Tokens of the team and of the installation work without members.</p>
        </State>
      ) : (
        <div className="table-box">
          <table>
            <thead>
              <tr>
                <th>Name</th>
                <th className="wide-only">Id or e-mail</th>
                <th>Role</th>
                <th className="wide-only">May</th>
                <th>
                  <span className="hidden-name">What can be done</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {members.map((member) => (
                <Member
                  key={member.id ?? member.email}
                  team={team}
                  member={member}
                  roles={roles ?? []}
                  mayManage={mayManage}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <MemberDialog dialog={adding} team={team} />
    </div>
  );
}

interface MemberProps {
  readonly team: string;
  readonly member: TeamMemberBody;
  readonly roles: readonly Role[];
  readonly mayManage: boolean;
}

function Member({ team, member, roles, mayManage }: MemberProps) {
  const { person } = useSession();
  const editing = useDialog();
  const removing = useDialog();
  const id = member.id ?? member.email ?? '';
  const name = member.name ?? id;
  const isSelf = person !== undefined && [member.id, member.email].includes(person);
  return (
    <tr>
      <td className="wrap">
        {name}
        {isSelf && <span className="soft small"> (you)</span>}
      </td>
      <td className="wide-only">
        <code>{member.email ?? id}</code>
      </td>
      <td>{member.role}</td>
      <td className="wide-only soft grow">{roles.find((role) => role.name === member.role)?.description}</td>
      <td>
        <span className="cell-actions">
          <Link
            className="button plain"
            to={withQuery(`/team/${encodeURIComponent(team)}/audit`, { actors: `user:${id}` })}
          >
            What they did<span className="hidden-name">: {name}</span>
          </Link>
          <Guarded may={mayManage} why={lacks('team/manage')} look="plain" onClick={editing.open}>
            Change<span className="hidden-name"> {name}</span>
          </Guarded>
          <Guarded may={mayManage} why={lacks('team/manage')} look="plain" onClick={removing.open}>
            Remove<span className="hidden-name"> {name}</span>
          </Guarded>
        </span>
        <MemberDialog dialog={editing} team={team} member={member} />
        <Confirm
          dialog={removing}
          title={`Remove ${name} from the team?`}
          action="Remove the member"
          isDangerous
          request={{ method: 'DELETE', path: `${teamPath(team)}/members`, body: [{ id }] }}
          changes={[teamPath(team)]}
          done={`${name} is no member any more.`}
        >
          <p>What they did stays in the trail. Their tokens reach this team no more.</p>
        </Confirm>
      </td>
    </tr>
  );
}

function MemberDialog({
  dialog,
  team,
  member,
}: {
  readonly dialog: DialogControl;
  readonly team: string;
  readonly member?: TeamMemberBody;
}) {
  const [who, setWho] = useState(member?.email ?? member?.id ?? '');
  const [name, setName] = useState(member?.name ?? '');
  const [role, setRole] = useState<'owner' | 'editor' | 'reader'>(member?.role ?? 'reader');
  const identity = member ? { id: member.id ?? member.email } : who.includes('@') ? { email: who } : { id: who };
  return (
    <FormDialog
      dialog={dialog}
      title={member ? `Change ${member.name ?? who}` : 'Add a member'}
      action={member ? 'Save' : 'Add'}
      done={member ? `${name || who} is changed.` : `${name || who} is a member now.`}
      request={{
        method: 'PATCH',
        path: teamPath(team),
        body: { members: [{ ...identity, ...(name !== '' && { name }), role }] },
      }}
      changes={[teamPath(team)]}
    >
      <label className="field">
        <span>E-mail address or id</span>
        <input required disabled={member !== undefined} value={who} onChange={(event) => setWho(event.target.value)} />
      </label>
      <label className="field">
        <span>Name</span>
        <input value={name} onChange={(event) => setName(event.target.value)} />
      </label>
      <label className="field">
        <span>Role</span>
        <select value={role} onChange={(event) => setRole(event.target.value as typeof role)}>
          <option value="reader">reader: reads</option>
          <option value="editor">editor: also saves, runs and decides</option>
          <option value="owner">owner: everything in the team</option>
        </select>
      </label>
    </FormDialog>
  );
}
