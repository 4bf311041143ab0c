import { type FinalStatus, finalStatuses } from '#libs/kernel';

/** Days after which finished runs leave, by their status; 0 or absent: never. */
type Days = Readonly<Partial<Record<FinalStatus, number>>>;

const day = 86_400_000;

/** Before which time a run with this status must have ended to leave now. Of what the team has not set, the installation's days hold. */
export function dueBefore(now: number, ofTeam: Days, usual: Days): { status: FinalStatus; before: number }[] {
  return finalStatuses.flatMap((status) => {
    const days = ofTeam[status] ?? usual[status] ?? 0;
    return days > 0 ? [{ status, before: now - days * day }] : [];
  });
}
