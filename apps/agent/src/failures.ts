/** The server was unreachable, or gave no usable answer, for longer than the agent's patience. */
export class PatienceOverError extends Error {}

/** The server does not know the token, or the token lacks an agent's permission: a retry is useless. */
export class TokenRefusedError extends Error {}

/** The settings are wrong. */
export class SettingsError extends Error {}

/** The exit code of the process: 1 for unexpected errors. `docs/agents.md` lists them. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof SettingsError) return 2;
  if (error instanceof TokenRefusedError) return 3;
  return error instanceof PatienceOverError ? 4 : 1;
}
