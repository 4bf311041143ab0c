import { clusterMicros, processMicros } from './usage';

/** What one measurement found. */
export interface Sample {
  readonly count: number;
  readonly seconds: number;
  /** Things done per second. */
  readonly rate: number;
  /** Microseconds of CPU per thing done. */
  readonly nodeMicros: number;
  readonly postgresMicros: number;
  /** Share of one core that the load generator used. */
  readonly loadShare: number;
}

/** The processes that are measured, by number. */
export interface Measured {
  /** Absent for what needs PostgreSQL alone. */
  readonly server?: number;
  readonly postgres: number;
}

/** Does the work, which answers how many things it has done, and looks at the clocks of all processes before and after. */
export async function measure({ server, postgres }: Measured, work: () => Promise<number>): Promise<Sample> {
  const usage = () => ({
    node: server === undefined ? NaN : processMicros(server),
    postgres: clusterMicros(postgres),
    load: process.cpuUsage(),
    clock: performance.now(),
  });
  const before = usage();
  const count = await work();
  const clock = performance.now();
  const after = usage();
  const seconds = (clock - before.clock) / 1000;
  const load = after.load.user + after.load.system - before.load.user - before.load.system;
  return {
    count,
    seconds,
    rate: count / seconds,
    nodeMicros: (after.node - before.node) / count,
    postgresMicros: (after.postgres - before.postgres) / count,
    loadShare: load / 1e6 / seconds,
  };
}
