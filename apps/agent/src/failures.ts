/** The server was not there, or had no usable answer, for longer than the agent is patient. */
export class PatienceOverError extends Error {}

/** The server does not know the token, or does not let it do an agent's work: nothing is gained by trying again. */
export class TokenRefusedError extends Error {}

/** The settings are not right. */
export class SettingsError extends Error {}

/** With what code the process ends: 1 for what was not foreseen. `docs/agents.md` names them. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof SettingsError) return 2;
  if (error instanceof TokenRefusedError) return 3;
  return error instanceof PatienceOverError ? 4 : 1;
}
