import type { TeamRequest } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import { holdsPersonal, type PersonalValues } from '#libs/personal';
import { personId, type TeamMember, type TeamState } from '../domain';

/** A member as the team keeps it, with the e-mail address and the name opened. */
interface Known {
  readonly stored: TeamMember;
  readonly email: string | null;
  readonly name: string | null;
}

type GivenMember = NonNullable<TeamRequest['members']>[number];

/**
 * The members of a team while a request changes it. Names and e-mail addresses are kept sealed, each with a key of the
 * person. The team compares what is sealed, so a known address keeps its form. An address that is somebody's id is kept
 * as it is: ids are not erased.
 */
export class KnownMembers {
  /** By id and by e-mail address. */
  private readonly named = new Map<string, Known>();
  private readonly all = new Map<string, Known>();

  private constructor(
    private readonly teamId: string,
    private readonly personal: PersonalValues,
  ) {}

  static async of({ id, members }: Pick<TeamState, 'id' | 'members'>, personal: PersonalValues): Promise<KnownMembers> {
    const known = new KnownMembers(id, personal);
    const opened = await personal.openAll(members);
    members.forEach((stored, index) =>
      known.learn({ stored, email: addressIn(opened[index]?.email), name: opened[index]?.name ?? null }),
    );
    return known;
  }

  /** The member as it will be kept, and is known from now on. */
  async take(given: GivenMember): Promise<TeamMember> {
    const names = [given.id, given.email].flatMap((name) => (name ? [personId(name)] : []));
    const [first] = names;
    if (!first) {
      throw new RefusedError(
        'BAD_REQUEST',
        "members: each needs an id or an email: the principal of the user's tokens.",
      );
    }
    const before = names.flatMap((name) => this.named.get(name) ?? [])[0];
    // An e-mail address in place of the id: the id that is known stays.
    const id = before && first === before.email ? before.stored.id : first;
    const email = given.email ? personId(given.email) : null;
    const stored: TeamMember = {
      id,
      email: email === null ? (before?.stored.email ?? null) : await this.addressOf(id, email, before),
      name: given.name ? await this.nameOf(id, given.name, before) : (before?.stored.name ?? null),
      role: given.role ?? before?.stored.role ?? 'editor',
    };
    this.learn({ stored, email: email ?? before?.email ?? null, name: given.name ?? before?.name ?? null });
    return stored;
  }

  /** The id of the member with this id or e-mail address. */
  idOf(name: string): string | undefined {
    return this.named.get(personId(name))?.stored.id;
  }

  /** The ids of the members who are called so. */
  idsCalled(name: string | null | undefined): readonly string[] {
    return [...this.all.values()].flatMap((each) => (each.name !== null && each.name === name ? [each.stored.id] : []));
  }

  private learn(known: Known): void {
    this.all.set(known.stored.id, known);
    for (const name of [known.stored.id, ...(known.email === null ? [] : [known.email])]) this.named.set(name, known);
  }

  private async addressOf(id: string, email: string, before: Known | undefined): Promise<string> {
    const holder = before?.email === email ? before : this.named.get(email);
    if (holder?.email === email && holder.stored.email !== null) return holder.stored.email;
    if (id === email || holder?.stored.id === email) return email;
    return this.personal.seal({ teamId: this.teamId, name: `user:${email}`, owner: `user:${id}` }, email);
  }

  private async nameOf(id: string, name: string, before: Known | undefined): Promise<string> {
    const kept = before?.stored.name ?? null;
    // What a client has read may come back, also what stands in the place of an erased name.
    if (kept !== null && before?.name === name && holdsPersonal(kept)) return kept;
    return this.personal.seal({ teamId: this.teamId, name: `user:${id}` }, name);
  }
}

function addressIn(opened: string | null | undefined): string | null {
  return opened ? personId(opened) : null;
}
