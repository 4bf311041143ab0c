/** What `--help` prints. */
export function usage(version: string): string {
  return `Runledger ${version}: a workflow-run server on an append-only, hash-chained ledger in PostgreSQL.

Usage: npm start -- [flags]

  --no-demo           runs no demo on the first start
  --no-agent          starts no local agent, and so no demo
  --migrate-only      updates the schema of the database, and exits
  --new-admin-token   creates and prints another administrator's token (nothing else on standard output), and exits
  --help, --version

Settings are environment variables; README.md explains them:

  HOST, PORT                     where to listen (127.0.0.1, 8080)
  DATABASE_URL                   your own PostgreSQL 15 to 18; absent: an embedded one
  RUNLEDGER_OWNER_URL            the same database as its owner, who updates the schema at start
  RUNLEDGER_DATABASE_WAIT        seconds to wait for it at start (30)
  RUNLEDGER_DATA_DIR             embedded database, key, agent's work folders (./.runledger)
  RUNLEDGER_ADMIN_TOKEN          the administrator's token, bfg_…; absent: created and printed once
  RUNLEDGER_AGENT_TOKEN          a token for agents of every team, bfg_…
  RUNLEDGER_SECRET_KEY           the key that seals passwords; RUNLEDGER_SECRET_KEY_PREVIOUS: earlier keys
  RUNLEDGER_ROLES                api,worker
  RUNLEDGER_TRUSTED_PROXIES      proxies whose X-Forwarded-For is believed: addresses or networks
  RUNLEDGER_LEASE_SECONDS        seconds that an agent keeps its claims without a heartbeat (60)
  RUNLEDGER_READ_SECONDS         seconds that reading for one request may take in the database, 1 to 30 (10)
  RUNLEDGER_TRAIL_KEY            the key that signs the trail; RUNLEDGER_TRAIL_ORIGIN: the trail's name;
                                 RUNLEDGER_TRAIL_REASON: why it has a new one
  RUNLEDGER_ARCHIVE_FOLDER       where finished runs go; RUNLEDGER_RETENTION: after how many days (90, or succeeded=30,failed=90)
  RUNLEDGER_TRAIL_FOLDER         a folder that gets what is signed; RUNLEDGER_TRAIL_POLICY: a file that names witnesses
  RUNLEDGER_TRAIL_S3             a bucket that gets the same, s3://<bucket>/<prefix>: with AWS_REGION, AWS_ACCESS_KEY_ID,
                                 AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN; RUNLEDGER_TRAIL_S3_ENDPOINT: another store's address;
                                 RUNLEDGER_TRAIL_S3_LOCK_DAYS: how long nobody may change them
  OTEL_EXPORTER_OTLP_ENDPOINT    a collector of OpenTelemetry, http://collector:4318: runs and tasks are sent to it as traces;
                                 with OTEL_EXPORTER_OTLP_HEADERS, OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG
                                 and more: docs/operations.md
  RUNLEDGER_LOG_LEVEL            debug, info, warn, error, silent
  NO_COLOR                       turns colours off on a terminal
`;
}
