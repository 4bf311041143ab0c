import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { AgentClient } from './client';
import type { AgentConfig } from './config';
import { type AgentSpans, openAgentSpans } from '#libs/tracing';
import { TaskSpan } from './task-span';
import { LocalProcess } from './executors/local-process';
import { PatienceOverError, TokenRefusedError } from './failures';
import { LogShipper } from './log-shipper';
import {
  type ClaimedRun,
  type ClaimedTask,
  isRefused,
  isUnacceptable,
  type HeldTask,
  ProtocolError,
  type TaskOutcome,
  unknownAgentCode,
} from './protocol';
import { WorkFolder } from './work-folder';

/** The types of tasks that this agent executes. */
const taskTypes = ['script', 'template', 'custom'] as const;

/**
 * Seconds for one request, and for a poll that the server holds: afterwards the agent leaves a frozen server for
 * another connection.
 */
const answerSeconds = 10;
const pollSeconds = 30;
/** Seconds for sending the last reports, after the last task was stopped, when the agent must end. */
const lastReports = 5;

interface Running {
  readonly process: LocalProcess;
  readonly fence: number;
  /** The server accepts no more reports about it. */
  dropped: boolean;
}

/** Claims tasks, executes them and reports, until it is told to stop. */
export class Agent {
  private readonly client: AgentClient;
  private readonly running = new Map<string, Running>();
  private readonly ended = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private folder: WorkFolder | null = null;
  private spans: AgentSpans | null = null;
  private failure: Error | null = null;
  private unreported = 0;
  private id = '';
  private registering: Promise<void> | null = null;
  private free: (() => void) | null = null;

  constructor(
    private readonly config: AgentConfig,
    private readonly logger: Logger,
  ) {
    const { url, token, patienceSeconds } = config;
    this.client = new AgentClient(url, token, { answerSeconds, pollSeconds, patienceSeconds });
  }

  /**
   * Resolves when it was stopped and all its tasks have ended.
   * @throws TokenRefusedError, PatienceOverError if it gives up; then its tasks are stopped.
   */
  async run(): Promise<void> {
    const folder = await WorkFolder.open(this.config.workDir, this.logger);
    this.folder = folder;
    if (this.config.tracing) this.spans = await openAgentSpans(this.config.tracing);
    try {
      await this.register();
      this.logger.info({ agentId: this.id, url: this.config.url, taskTypes }, 'registered');
      await Promise.all([this.runLoop(), this.taskLoop(), this.heartbeatLoop()]);
      await Promise.all(this.ended);
    } catch (error) {
      if (!this.isStopping) throw error;
    } finally {
      await folder.close();
    }
    if (this.failure) throw this.failure;
  }

  /**
   * Claims nothing more; gives running tasks `drainSeconds`, then stops them. Returns whether it reported the end of
   * each.
   */
  async drain(): Promise<boolean> {
    this.stopping.abort();
    this.free?.();
    const late = setTimeout(() => {
      for (const { process } of this.running.values()) process.kill();
    }, this.config.drainSeconds * 1000);
    const last = setTimeout(() => this.client.close(), (this.config.drainSeconds + lastReports) * 1000);
    await Promise.all(this.ended);
    clearTimeout(late);
    clearTimeout(last);
    await this.folder?.close();
    await this.spans?.close();
    return this.unreported === 0;
  }

  /** Stops at once, without telling the server: its leases run out by themselves. */
  abandon(): void {
    this.stopping.abort();
    for (const { process } of this.running.values()) process.killNow();
  }

  /** Going on is useless: stops its tasks, and `run` throws the reason. Their leases run out by themselves. */
  private giveUp(error: Error): void {
    if (this.failure) return;
    this.failure = error;
    this.abandon();
    this.free?.();
    this.client.close();
  }

  private register(): Promise<void> {
    this.registering ??= this.client
      .register(this.config.name, hostname(), taskTypes, this.stopping.signal)
      .then((id) => {
        this.id = id;
      })
      .finally(() => {
        this.registering = null;
      });
    return this.registering;
  }

  private get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  /** Repeats `step` until the agent stops; registers again if the server no longer knows it. */
  private async forever(what: string, step: () => Promise<void>): Promise<void> {
    while (!this.isStopping) await this.untilStopped(what, step);
  }

  /** One step. A fatal error ends the agent here; any other is logged, and the step may run again a second later. */
  private async untilStopped(what: string, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      if (isFinal(error)) this.giveUp(error);
      else if (error instanceof ProtocolError && error.code === unknownAgentCode) {
        await this.untilStopped('the registration', () => this.register());
      } else {
        this.logger.warn({ err: error }, `${what} failed; trying again`);
        await sleep(1000, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
  }

  private runLoop(): Promise<void> {
    return this.forever('the poll for runs', async () => {
      const runs = await this.client.pollRuns(this.id, 20, this.stopping.signal);
      await Promise.all(runs.map((run) => this.serveRun(run)));
    });
  }

  private async serveRun(run: ClaimedRun): Promise<void> {
    const action = run.phase === 'completed' ? 'finalize' : 'start';
    try {
      await this.client.reportRun(run, action);
    } catch (error) {
      // If a run's report was lost, the server gives it out again when its lease runs out.
      if (!isRefused(error) && !(error instanceof PatienceOverError)) throw error;
      this.logger.info({ workflowRunId: run.id, action, reason: error.message }, 'the run is no longer ours');
    }
  }

  private taskLoop(): Promise<void> {
    return this.forever('the poll for tasks', async () => {
      const places = this.config.concurrency - this.running.size;
      const tasks =
        places > 0 ? await this.client.pollTasks(this.id, places, this.stopping.signal) : await this.pollStops();
      for (const task of tasks) this.take(task);
    });
  }

  /** While every place is taken: claims nothing, but learns which tasks to stop; ends as soon as a place is free. */
  private async pollStops(): Promise<ClaimedTask[]> {
    const freed = new AbortController();
    this.free = () => freed.abort();
    try {
      return await this.client.pollTasks(this.id, 0, AbortSignal.any([this.stopping.signal, freed.signal]));
    } catch (error) {
      if (freed.signal.aborted) return [];
      throw error;
    } finally {
      this.free = null;
    }
  }

  private async heartbeatLoop(): Promise<void> {
    let leaseSeconds = 3;
    await this.forever('the heartbeat', async () => {
      leaseSeconds = await this.beat(leaseSeconds);
      await sleep((leaseSeconds * 1000) / 3, undefined, { signal: this.stopping.signal });
    });
    // Running tasks keep their leases while they drain.
    while (this.running.size > 0) {
      if (!this.client.isClosed)
        await this.client.heartbeat(this.id, this.held, leaseSeconds / 3).catch(() => undefined);
      await Promise.race([sleep((leaseSeconds * 1000) / 3), Promise.all(this.ended)]);
    }
  }

  private get held(): HeldTask[] {
    return [...this.running].map(([id, { fence }]) => ({ id, fence }));
  }

  /** A lost heartbeat is no reason to give up; unanswered polls are. */
  private async beat(leaseSeconds: number): Promise<number> {
    try {
      return await this.client.heartbeat(this.id, this.held, leaseSeconds / 3);
    } catch (error) {
      if (!(error instanceof PatienceOverError)) throw error;
      this.logger.warn({ reason: error.message }, 'a heartbeat failed');
      return Math.min(leaseSeconds, 3);
    }
  }

  private take(task: ClaimedTask): void {
    const work =
      task.phase === 'completed'
        ? this.stopTask(task)
        : this.isStopping
          ? this.client.releaseTask(task)
          : this.execute(task);
    const tracked = work
      .catch((error: unknown) => {
        this.unreported++;
        if (error instanceof TokenRefusedError) this.giveUp(error);
        else if (!this.failure) this.logger.error({ err: error, taskRunId: task.id }, 'the task could not be handled');
      })
      .finally(() => this.ended.delete(tracked));
    this.ended.add(tracked);
  }

  private async stopTask(task: ClaimedTask): Promise<void> {
    const running = this.running.get(task.id);
    if (running) {
      running.dropped = true;
      running.process.kill();
    }
    await this.client.acknowledgeStop(task).catch((error: unknown) => {
      if (!isRefused(error)) throw error;
    });
  }

  private async execute(task: ClaimedTask): Promise<void> {
    const fields = { taskRunId: task.id, workflowRunId: task.workflowRunRef, fence: task.fence };
    const log = new LogShipper(
      (offset, chunk) => this.client.appendLog(task, offset, chunk),
      (error) => {
        if (!this.client.isClosed) this.logger.warn({ err: error, ...fields }, 'a chunk of the log was lost');
      },
    );
    const folder = this.folder?.path ?? this.config.workDir;
    const span = TaskSpan.begin(this.spans, task);
    const process = new LocalProcess(task, folder, (chunk) => log.write(chunk), span?.traceparent);
    const entry: Running = { process, fence: task.fence, dropped: false };
    // A task that comes back with another fence was taken from us: stop what we run of it.
    const before = this.running.get(task.id);
    if (before) {
      before.dropped = true;
      before.process.kill();
    }
    this.running.set(task.id, entry);
    try {
      await this.client.startTask(task);
      const outcome = await this.runProcess(process);
      span?.end(outcome.status, this.config.name);
      await log.flush();
      const status = entry.dropped ? outcome.status : await this.reportEnd(task, outcome, entry);
      this.logger.info({ ...fields, status }, 'task ended');
    } catch (error) {
      process.kill();
      if (!isRefused(error)) throw error;
      this.logger.info({ ...fields, reason: error.message }, 'the task is no longer ours');
    } finally {
      if (this.running.get(task.id) === entry) this.running.delete(task.id);
      this.free?.();
    }
  }

  /** If the server refuses an end, the task would run for ever: send `failed` with the server's message. */
  private async reportEnd(task: ClaimedTask, outcome: TaskOutcome, entry: Running): Promise<TaskOutcome['status']> {
    try {
      const next = await this.client.endTask(task, outcome, !this.isStopping);
      // Its place is free for what was taken in its stead.
      if (next.length > 0 && this.running.get(task.id) === entry) this.running.delete(task.id);
      for (const each of next) this.take(each);
      return outcome.status;
    } catch (error) {
      if (!isUnacceptable(error)) throw error;
      this.logger.warn(
        { taskRunId: task.id, reason: error.message },
        'the server refused the end of a task; it ends failed',
      );
      const statusMessage = `The server refused the end of this task (${error.status}): ${error.message}`;
      await this.client.endTask(task, { status: 'failed', statusMessage: statusMessage.slice(0, 2000), results: [] });
      return 'failed';
    }
  }

  private async runProcess(process: LocalProcess): Promise<TaskOutcome> {
    try {
      return await process.run();
    } catch (error) {
      return {
        status: 'failed',
        statusMessage: `The agent could not run the task: ${(error as Error).message}`,
        results: [],
      };
    }
  }
}

/** The token is invalid or lacks the permission, or the server was away for longer than the agent's patience. */
function isFinal(error: unknown): error is Error {
  return error instanceof TokenRefusedError || error instanceof PatienceOverError;
}
