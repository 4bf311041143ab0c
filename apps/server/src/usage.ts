/** What `--help` prints. */
export function usage(version: string): string {
  return `Runledger ${version}: a workflow-run server on an append-only, hash-chained ledger in PostgreSQL.

Usage: npm start -- [flags]

  --no-demo           no demo on the first start
  --no-agent          no agent beside the server, and so no demo
  --migrate-only      brings the schema of the database up to date, and ends
  --new-admin-token   makes one more administrator's token, prints nothing else on standard output, and ends
  --help, --version

Settings are environment variables; README.md explains them:

  HOST, PORT                     where to listen (127.0.0.1, 8080)
  DATABASE_URL                   your own PostgreSQL 15 to 18; absent: an embedded one
  RUNLEDGER_DATABASE_WAIT        seconds that a start waits for it (30)
  RUNLEDGER_DATA_DIR             embedded database, key, agent's work folders (./.runledger)
  RUNLEDGER_ADMIN_TOKEN          the administrator's token, bfg_…; absent: one is made and printed once
  RUNLEDGER_AGENT_TOKEN          a token for agents of every team, bfg_…
  RUNLEDGER_SECRET_KEY           what passwords are sealed with; RUNLEDGER_SECRET_KEY_PREVIOUS: earlier ones
  RUNLEDGER_ROLES                api,worker
  RUNLEDGER_LEASE_SECONDS        how long an agent's claim holds without a sign of life (60)
  RUNLEDGER_LOG_LEVEL            debug, info, warn, error, silent
  NO_COLOR                       no colour on a terminal
`;
}
