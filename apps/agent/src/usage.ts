/** What `--help` prints. */
export function usage(version: string): string {
  return `Runledger agent ${version}: executes the tasks of a Runledger server as local processes.

Usage: npm run agent -- [flags]

  --help, --version

Settings are environment variables; docs/agents.md explains them:

  RUNLEDGER_URL                      the server (http://127.0.0.1:8080)
  RUNLEDGER_TOKEN                    a token with taskrun/action
  RUNLEDGER_AGENT_NAME               shown in the ledger (agent-<host>)
  RUNLEDGER_AGENT_CONCURRENCY        tasks at once (4 per core, at least 8)
  RUNLEDGER_AGENT_WORKDIR            where it works (a temporary folder)
  RUNLEDGER_AGENT_DRAIN_SECONDS      what running tasks get after SIGTERM (25)
  RUNLEDGER_AGENT_PATIENCE_SECONDS   without a usable answer for so long, it gives up (3600)
  RUNLEDGER_LOG_LEVEL                debug, info, warn, error, silent

Exit codes: 0 told to end, 1 a fault, 2 wrong settings, 3 the token is refused, 4 no usable answer.
`;
}
