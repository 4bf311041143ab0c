/** Who decides. */
export interface Decider {
  readonly actioner: { readonly id: string; readonly name: string; readonly email: string | null };
  /** What an approver group may list the person by; empty for a token that is no person's. */
  readonly names: readonly string[];
  /** An owner of the team, or an administrator: decides whatever the group says. */
  readonly isOwner: boolean;
}

/** Whether one of these approvers is the decider. */
export function isAmong(approvers: readonly string[], { names }: Decider): boolean {
  return approvers.some((approver) => names.includes(approver));
}
