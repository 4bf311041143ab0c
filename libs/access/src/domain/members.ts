import { personId } from './person';

export const roles = ['owner', 'editor', 'reader'] as const;
export type TeamRole = (typeof roles)[number];

export interface TeamMember {
  /** The principal of the user's tokens: a name or an e-mail address. */
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly role: TeamRole;
}

/** The members of a team. A person is one member, by id or by e-mail address. */
export class Members {
  private readonly places = new Map<number, TeamMember>();
  private readonly placeOf = new Map<string, number>();
  private next = 0;

  constructor(members: readonly TeamMember[]) {
    for (const member of members) this.put(member);
  }

  get all(): readonly TeamMember[] {
    return [...this.places.values()];
  }

  /**
   * Adds a member. It replaces the member with the same id or e-mail address, and keeps that member's fields where it
   * has none.
   */
  put(given: TeamMember): void {
    const places = this.placesOf(namesOf(given));
    const known = places.flatMap((place) => this.places.get(place) ?? []);
    const [place = this.next++, ...others] = places;
    for (const each of known) for (const name of namesOf(each)) this.placeOf.delete(name);
    for (const other of others) this.places.delete(other);
    const member = completed(given, known);
    this.places.set(place, member);
    for (const name of namesOf(member)) this.placeOf.set(name, place);
  }

  /** The members that these ids or e-mail addresses name. */
  named(names: readonly string[]): readonly TeamMember[] {
    return this.placesOf(names.map(personId)).flatMap((place) => this.places.get(place) ?? []);
  }

  remove(names: readonly string[]): void {
    for (const place of this.placesOf(names.map(personId))) {
      for (const name of namesOf(this.places.get(place))) this.placeOf.delete(name);
      this.places.delete(place);
    }
  }

  private placesOf(names: readonly string[]): number[] {
    return [...new Set(names.flatMap((name) => this.placeOf.get(name) ?? []))].sort((a, b) => a - b);
  }
}

function namesOf(member: TeamMember | undefined): string[] {
  return member ? [member.id, ...(member.email === null ? [] : [member.email])] : [];
}

/** If an e-mail address stands in place of the id, keep the known id. */
function completed(given: TeamMember, known: readonly TeamMember[]): TeamMember {
  const email = given.email ?? known.find((each) => each.email !== null)?.email ?? null;
  const id = given.id === email ? (known.find((each) => each.id !== email)?.id ?? given.id) : given.id;
  return { id, email, name: given.name ?? known.find(({ name }) => name !== null)?.name ?? null, role: given.role };
}
