/** What `--help` prints. */
export function usage(version: string): string {
  return `Runledger agent ${version}: executes the tasks of a Runledger server as local processes.

Usage: npm run agent -- [flags]

  --help, --version

Settings are environment variables; docs/agents.md explains them:

  RUNLEDGER_URL                      the server (http://127.0.0.1:8080)
  RUNLEDGER_TOKEN                    a token with taskrun/action
  RUNLEDGER_AGENT_NAME               shown in the ledger (agent-<host>)
  RUNLEDGER_AGENT_CONCURRENCY        tasks to run at once (4 per core, at least 8)
  RUNLEDGER_AGENT_WORKDIR            folder for its work (a temporary folder)
  RUNLEDGER_AGENT_DRAIN_SECONDS      seconds that running tasks get after SIGTERM (25)
  RUNLEDGER_AGENT_PATIENCE_SECONDS   seconds without a usable answer before it gives up (3600)
  OTEL_EXPORTER_OTLP_ENDPOINT        a collector of OpenTelemetry: executions are sent to it as traces
  RUNLEDGER_LOG_LEVEL                debug, info, warn, error, silent

Exit codes: 0 stopped on request, 1 unexpected error, 2 wrong settings, 3 token refused, 4 no usable answer.
`;
}
