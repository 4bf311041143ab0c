import { readQueueFigures } from '#libs/agents';
import { type CommandProcessor, readLedgerFigures } from '#libs/ledger';
import type { Metrics } from '#libs/observability';
import { type LiveRuns, readRunFigures, type TraceExport } from '#libs/runs';
import type { SpanSender } from '#libs/tracing';
import { FindTeamNames, serverReach } from '#libs/contracts';
import type { QueryBus } from '@nestjs/cqrs';
import type { Pool } from 'pg';

/** Milliseconds for which figures of the database are taken to be current: so scrapes cost bounded work, however many come. */
const fresh = 5000;
/** The same of counters over all runs. */
const freshCounts = 15_000;

interface Sources {
  readonly pool: Pool;
  readonly background: Pool;
  readonly writer: Pool;
  readonly processor: CommandProcessor;
  readonly live: LiveRuns;
  readonly queries: QueryBus;
}

/** Says what the figures of the rooms are called. */
export function addFigures(metrics: Metrics, { pool, background, writer, processor, live, queries }: Sources): void {
  metrics.add(
    {
      runledger_commands_waiting: { help: 'Commands that this server has taken and not answered' },
      runledger_listeners: { help: 'Event streams and requests that wait for the end of a run, on this server' },
      runledger_pool_connections: { help: 'Connections to the database', labels: ['pool', 'state'] },
      runledger_pool_waiting: { help: 'Statements that wait for a connection', labels: ['pool'] },
    },
    () => ({
      runledger_commands_waiting: [{ value: processor.underWayCount }],
      runledger_listeners: [{ value: live.listeners }],
      runledger_pool_connections: [
        ...connectionsOf('reader', pool),
        ...connectionsOf('background', background),
        ...connectionsOf('writer', writer),
      ],
      runledger_pool_waiting: [
        { value: pool.waitingCount, labels: { pool: 'reader' } },
        { value: background.waitingCount, labels: { pool: 'background' } },
        { value: writer.waitingCount, labels: { pool: 'writer' } },
      ],
    }),
  );
  metrics.add(
    {
      runledger_ledger_position: { help: 'Position of the newest event' },
      runledger_subscription_lag: { help: 'Events that a subscription is behind', labels: ['subscription'] },
      runledger_timers_due: { help: 'Timers whose time has come, at most 10000' },
      runledger_timers_late_seconds: { help: 'Seconds that the oldest due timer is late' },
    },
    async () => {
      const { position, lags, due, late } = await readLedgerFigures(pool);
      return {
        runledger_ledger_position: [{ value: position }],
        runledger_subscription_lag: lags.map(({ name, lag }) => ({ value: lag, labels: { subscription: name } })),
        runledger_timers_due: [{ value: due }],
        runledger_timers_late_seconds: [{ value: late }],
      };
    },
    fresh,
  );
  metrics.add(
    {
      runledger_queue_items: { help: 'Items that wait for an agent', labels: ['team', 'type'] },
      runledger_queue_oldest_seconds: { help: 'Seconds that the oldest of them has waited', labels: ['team', 'type'] },
      runledger_leases: { help: 'Items that agents hold, or must stop', labels: ['state'] },
      runledger_agents: { help: 'Agents whose lease has not run out' },
    },
    async () => {
      const { ready, leased, stopping, agents } = await readQueueFigures(pool);
      const ids = ready.flatMap(({ teamId }) => teamId ?? []);
      const names = await queries.execute<FindTeamNames, ReadonlyMap<string, string>>(
        new FindTeamNames(serverReach, ids),
      );
      const named = ready.map(({ teamId, type, ...figures }) => ({
        ...figures,
        // No team can be called so.
        labels: { team: teamId === null ? '(others)' : (names.get(teamId) ?? teamId), type },
      }));
      return {
        runledger_queue_items: named.map(({ items, labels }) => ({ value: items, labels })),
        runledger_queue_oldest_seconds: named.map(({ oldest, labels }) => ({ value: oldest, labels })),
        runledger_leases: [
          { value: leased, labels: { state: 'leased' } },
          { value: stopping, labels: { state: 'stopping' } },
        ],
        runledger_agents: [{ value: agents }],
      };
    },
    fresh,
  );
  metrics.add(
    { runledger_runs: { help: 'Runs in the database', labels: ['status', 'phase'] } },
    async () => ({
      runledger_runs: (await readRunFigures(pool)).map(({ status, phase, runs }) => ({
        value: runs,
        labels: { status, phase },
      })),
    }),
    freshCounts,
  );
}

/** What became of spans, where traces are on. */
export function addTraceFigures(metrics: Metrics, sender: SpanSender, traces: TraceExport): void {
  metrics.add(
    {
      runledger_trace_spans: { help: 'Spans since the start, by what became of them', labels: ['outcome'] },
      runledger_trace_events_skipped: { help: 'Events since the start that were too old to send spans of' },
    },
    () => ({
      runledger_trace_spans: Object.entries(sender.counts).map(([outcome, value]) => ({ value, labels: { outcome } })),
      runledger_trace_events_skipped: [{ value: traces.skipped }],
    }),
  );
}

function connectionsOf(name: string, { idleCount, totalCount }: Pool) {
  return [
    { value: idleCount, labels: { pool: name, state: 'idle' } },
    { value: totalCount - idleCount, labels: { pool: name, state: 'busy' } },
  ];
}
