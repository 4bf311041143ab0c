import type { CommandContext, CommandMetadata, TeamOperation } from '#libs/kernel';
import type { Reasons } from '../read/reasons';

/** Metadata of a command about something of a team that its path does not name: with the reason that the team wants, without its secrets. */
export async function metadataIn(
  reasons: Reasons,
  teamId: string | null,
  operation: TeamOperation,
  { metadata }: CommandContext,
): Promise<CommandMetadata> {
  if (teamId === null) return metadata;
  const { reason } = metadata;
  await reasons.require(teamId, operation, () => reason);
  return reason === undefined ? metadata : { ...metadata, reason: await reasons.kept(teamId, reason) };
}
