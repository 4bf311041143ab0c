import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** One value of a gauge, with the labels that it has. */
export interface Figure {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** What a gauge says, and the names of its labels. */
export interface GaugeForm {
  readonly help: string;
  readonly labels?: readonly string[];
}

/** Reads the values of some gauges, by their names. */
export type ReadFigures<Name extends string> = () =>
  Readonly<Record<Name, readonly Figure[]>> | Promise<Readonly<Record<Name, readonly Figure[]>>>;

interface Reading {
  readonly gauges: ReadonlyMap<string, { readonly gauge: Gauge; readonly isBare: boolean }>;
  readonly read: ReadFigures<string>;
  /** Milliseconds. */
  readonly freshFor: number;
  readAt: number;
}

/** Seconds, from a fast commit to one that somebody complains of. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** How a command ended: `repeated` was answered from its receipt; `refused` is the client's fault, `failed` ours. */
export type CommandEnd = 'committed' | 'repeated' | 'refused' | 'failed';

/** The figures of one server, for Prometheus. Each name begins with `runledger_`. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly readings: Reading[] = [];
  private scraping: Promise<string> | null = null;
  private readonly delay = monitorEventLoopDelay({ resolution: 20 });
  private utilization = performance.eventLoopUtilization();
  private readonly registers = [this.registry];

  private readonly commands = new Counter({
    name: 'runledger_commands_total',
    help: 'Commands, by type and how they ended',
    labelNames: ['type', 'outcome'],
    registers: this.registers,
  });
  private readonly commandSeconds = new Histogram({
    name: 'runledger_command_seconds',
    help: 'Seconds from a command to its answer',
    buckets,
    registers: this.registers,
  });
  private readonly batchCommands = new Histogram({
    name: 'runledger_batch_commands',
    help: 'Commands that were committed together',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers: this.registers,
  });
  private readonly batchSeconds = new Histogram({
    name: 'runledger_batch_seconds',
    help: 'Seconds that an append took',
    buckets,
    registers: this.registers,
  });
  private readonly up = new Gauge({
    name: 'runledger_figures_complete',
    help: '1: every figure is current; 0: some could not be read, because the database is away',
    registers: this.registers,
  });

  constructor() {
    this.delay.enable();
    this.add(
      {
        runledger_event_loop_delay_seconds: {
          help: 'Delay of the event loop since the last scrape',
          labels: ['quantile'],
        },
        runledger_event_loop_utilization: { help: 'Part of the time that the event loop worked since the last scrape' },
        runledger_resident_memory_bytes: { help: 'Resident memory of the process' },
        runledger_heap_used_bytes: { help: 'Used part of the heap' },
      },
      () => this.ofProcess(),
    );
  }

  /** `seconds`: from its arrival to its answer. */
  commandEnded(type: string, outcome: CommandEnd, seconds: number): void {
    this.commands.inc({ type, outcome });
    this.commandSeconds.observe(seconds);
  }

  batchCommitted(commands: number, seconds: number): void {
    this.batchCommands.observe(commands);
    this.batchSeconds.observe(seconds);
  }

  /** Adds gauges that are read at a scrape, but not again within `freshFor` milliseconds. */
  add<Name extends string>(forms: Readonly<Record<Name, GaugeForm>>, read: ReadFigures<Name>, freshFor = 0): void {
    const gauges = Object.entries<GaugeForm>(forms).map(([name, { help, labels = [] }]) => {
      const gauge = new Gauge({ name, help, labelNames: [...labels], registers: this.registers });
      return [name, { gauge, isBare: labels.length === 0 }] as const;
    });
    this.readings.push({ gauges: new Map(gauges), read, freshFor, readAt: -Infinity });
  }

  /** The figures in Prometheus' text form. Scrapes at the same time share one. */
  scrape(): Promise<string> {
    this.scraping ??= this.scrapeNow().finally(() => (this.scraping = null));
    return this.scraping;
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  close(): void {
    this.delay.disable();
  }

  private async scrapeNow(): Promise<string> {
    const done = await Promise.all(this.readings.map((reading) => refresh(reading)));
    this.up.set(done.every(Boolean) ? 1 : 0);
    return this.registry.metrics();
  }

  private ofProcess() {
    const quantiles = [0.5, 0.99, 1];
    const delays = quantiles.map((quantile) => ({
      value: this.delay.percentile(quantile * 100) / 1e9,
      labels: { quantile: String(quantile) },
    }));
    this.delay.reset();
    const current = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(current, this.utilization);
    this.utilization = current;
    const { rss, heapUsed } = process.memoryUsage();
    return {
      runledger_event_loop_delay_seconds: delays,
      runledger_event_loop_utilization: [{ value: utilization }],
      runledger_resident_memory_bytes: [{ value: rss }],
      runledger_heap_used_bytes: [{ value: heapUsed }],
    };
  }
}

/** Whether the gauges are current. What cannot be read is left out, rather than told as it was. */
async function refresh(reading: Reading): Promise<boolean> {
  const now = performance.now();
  if (now - reading.readAt < reading.freshFor) return true;
  const figures = await Promise.resolve()
    .then(() => reading.read())
    .catch(() => null);
  for (const [name, { gauge, isBare }] of reading.gauges) {
    gauge.reset();
    // Reset, a gauge without labels is 0.
    if (!figures && isBare) gauge.remove();
    for (const { value, labels = {} } of figures?.[name] ?? []) gauge.set(labels, value);
  }
  reading.readAt = figures ? now : -Infinity;
  return figures !== null;
}
