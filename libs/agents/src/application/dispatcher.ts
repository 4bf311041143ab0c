import {
  type Claimed,
  ClaimTaskRun,
  ClaimWorkflowRun,
  ExpireLease,
  FindTaskRun,
  type Reach,
  serverReach,
  type TaskRunBody,
  type WorkflowRunBody,
} from '#libs/contracts';
import type { Origin } from '#libs/kernel';
import { WakeUps } from '#libs/ledger';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { Agent } from './agent-store';
import {
  type QueueItem,
  queueTopics,
  QueueStore,
  type ReadyItem,
  type Scope,
  scopeOf,
  type StoppingItem,
} from './queue-store';
import { allot } from './allot';
import { maxItems, maxPassBytes, maxPollBytes, maxPollsOfAgent, maxPollsOfToken } from './bounds';

export type Work = Claimed<TaskRunBody> | Claimed<WorkflowRunBody>;

interface Poll {
  readonly agent: Agent;
  /** What the agent's token may access. */
  readonly reach: Reach;
  /** Where the poll comes from. */
  readonly origin: Origin;
  readonly scope: Scope;
  /** The types of items that the agent may get. */
  readonly types: readonly string[];
  readonly queue: 'tasks' | 'workflows';
  readonly limit: number;
  readonly resolve: (work: Work[]) => void;
  readonly timer: NodeJS.Timeout;
  /** Stops listening for the end of the connection. */
  forget(): void;
  /** The poll is getting work; its time limit waits for that. */
  serving: boolean;
  /** Its time is over. */
  done: boolean;
  /** A pass has looked at the queue for it: every poll gets that, even one that does not wait. */
  looked: boolean;
  /** The agent has disconnected: release what was claimed for it meanwhile. */
  gone: boolean;
}

const kindsOf = { tasks: ['task'], workflows: ['run', 'finalize'] } as const;

/**
 * Matches long polls with ready work. One pass at a time serves every poll of this process, so that they never race
 * each other. Between processes the ledger decides, and the slower one looks again.
 */
@Injectable()
export class Dispatcher implements OnApplicationShutdown {
  private readonly polls = new Set<Poll>();
  private passing = false;
  private again = false;
  /** Ids of the items that are being claimed, the claims of each poll, and the bytes of their runs. */
  private readonly claiming = new Set<string>();
  private readonly claims = new Set<Promise<void>>();
  private claimingBytes = 0;
  /** Whether there may be items that are to be stopped. */
  private mayStop = true;
  private closed = false;
  private readonly unsubscribe: () => void;
  private readonly ticker: NodeJS.Timeout;

  constructor(
    private readonly store: QueueStore,
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    wakeUps: WakeUps,
  ) {
    this.unsubscribe = wakeUps.on((topics) => this.noticed(topics));
    this.ticker = setInterval(() => this.noticed(null), 1000);
    this.ticker.unref();
  }

  /** Whether the token has reached its bound of waiting polls here. */
  isCrowded(tokenId: string): boolean {
    return [...this.polls].filter(({ agent }) => agent.tokenId === tokenId).length >= maxPollsOfToken;
  }

  /**
   * Waits at most `waitSeconds` for work; returns an empty list if none came. `signal`: the agent has disconnected, or
   * its token has ended.
   */
  poll(
    { agent, reach, origin, queue, limit }: Pick<Poll, 'agent' | 'reach' | 'origin' | 'queue' | 'limit'>,
    waitSeconds: number,
    signal: AbortSignal,
  ): Promise<Work[]> {
    if (this.closed || signal.aborted) return Promise.resolve([]);
    this.endOldest(agent, queue);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.giveUp(poll), waitSeconds * 1000);
      const hangUp = (): void => {
        poll.gone = true;
        this.giveUp(poll);
      };
      const poll: Poll = {
        agent,
        reach,
        origin,
        scope: scopeOf(reach),
        types: queue === 'tasks' ? agent.taskTypes : ['run'],
        queue,
        limit,
        resolve,
        timer,
        // A signal with a listener stays in memory, and its answer too.
        forget: () => signal.removeEventListener('abort', hangUp),
        serving: false,
        done: false,
        looked: false,
        gone: false,
      };
      signal.addEventListener('abort', hangUp);
      this.polls.add(poll);
      this.wake();
    });
  }

  onApplicationShutdown(): void {
    this.close();
  }

  /** Answers every poll with nothing, because the server is stopping. */
  close(): void {
    this.closed = true;
    this.unsubscribe();
    clearInterval(this.ticker);
    for (const poll of this.polls) this.giveUp(poll);
  }

  /** Makes room for one more poll of the agent: an agent that asks again has often abandoned the earlier poll. */
  private endOldest(agent: Agent, queue: Poll['queue']): void {
    const others = [...this.polls].filter((poll) => poll.agent.id === agent.id && poll.queue === queue && !poll.done);
    const oldest = others[0];
    if (oldest && others.length >= maxPollsOfAgent) this.giveUp(oldest);
  }

  private giveUp(poll: Poll): void {
    if (poll.serving || !(poll.looked || poll.gone || this.closed)) poll.done = true;
    else this.finish(poll, []);
  }

  private finish(poll: Poll, work: Work[]): void {
    clearTimeout(poll.timer);
    poll.forget();
    this.polls.delete(poll);
    poll.resolve(work);
  }

  /** Only what was put into the queue is looked for. */
  private noticed(topics: ReadonlySet<string> | null): void {
    const { ready, stopping } = queueTopics;
    if (topics && !topics.has(ready) && !topics.has(stopping)) return;
    if (!topics || topics.has(stopping)) this.mayStop = true;
    this.wake();
  }

  private wake(): void {
    if (this.polls.size === 0) return;
    this.again = true;
    if (this.passing) return;
    this.passing = true;
    void this.run();
  }

  private async run(): Promise<void> {
    try {
      while (this.again && this.polls.size > 0) {
        this.again = false;
        await this.pass();
      }
    } catch {
      // The database is away for a moment: the ticker looks again within a second.
    } finally {
      this.passing = false;
    }
  }

  private async pass(): Promise<void> {
    const looked = [...this.polls];
    try {
      await this.serveAll();
    } finally {
      for (const poll of looked) {
        poll.looked = true;
        if (poll.done && !poll.serving && this.polls.has(poll)) this.finish(poll, []);
      }
    }
  }

  /** Groups take turns: in one pass, each gets no more than one pass may load. */
  private async serveAll(): Promise<void> {
    const groups = new Map<string, Poll[]>();
    for (const poll of this.polls) {
      if (poll.serving) continue;
      const key = `${poll.queue} ${poll.scope.key}`;
      const group = groups.get(key);
      if (group) group.push(poll);
      else groups.set(key, [poll]);
    }
    if (this.mayStop)
      await this.deliverStopping([...this.polls].filter(({ queue, serving }) => queue === 'tasks' && !serving));
    for (const group of groups.values()) {
      await this.serve(group.filter((poll) => poll.limit > 0 && this.polls.has(poll) && !poll.serving));
    }
  }

  private async deliverStopping(polls: readonly Poll[]): Promise<void> {
    const byAgent = new Map([...polls].reverse().map((poll) => [poll.agent.id, poll]));
    if (byAgent.size === 0) return;
    const stopping = new Map<string, StoppingItem[]>();
    this.mayStop = false;
    const { items: taken, areOthers } = await this.store.takeStopping([...byAgent.keys()]);
    this.mayStop ||= areOthers;
    for (const item of taken) {
      stopping.set(item.agentId, [...(stopping.get(item.agentId) ?? []), item]);
    }
    const loaded = new Map<string, number>();
    const left: StoppingItem[] = [];
    for (const [agentId, items] of stopping) {
      const poll = byAgent.get(agentId);
      if (!poll) continue;
      const { tokenId } = poll.agent;
      const { fitting, bytes } = this.fitting(items, loaded.get(tokenId) ?? 0);
      loaded.set(tokenId, bytes);
      left.push(...items.slice(fitting.length));
      const work: Work[] = [];
      for (const item of fitting) {
        const query = new FindTaskRun(poll.reach, item.runId, item.id);
        const task = await this.queries.execute<FindTaskRun, TaskRunBody | null>(query);
        if (task) work.push({ ...task, fence: item.fence });
      }
      if (work.length > 0) this.finish(poll, work);
    }
    if (left.length === 0) return;
    await this.store.putBackStopping(left.map(({ id }) => id));
    this.mayStop = true;
    this.again = true;
  }

  /**
   * As many of the first items as fit into one answer and one pass, given the bytes that the pass has already loaded
   * for their token.
   */
  private fitting(items: readonly StoppingItem[], loaded: number): { fitting: StoppingItem[]; bytes: number } {
    const fitting: StoppingItem[] = [];
    let bytes = loaded;
    let answer = 0;
    for (const item of items) {
      bytes += item.runBytes;
      answer += item.bytes;
      const isFirst = loaded === 0 && fitting.length === 0;
      if (!isFirst && (bytes > maxPassBytes || answer > maxPollBytes)) break;
      fitting.push(item);
    }
    return { fitting, bytes };
  }

  private async serve(polls: readonly Poll[]): Promise<void> {
    const first = polls[0];
    if (!first) return;
    const wanted = Math.min(
      maxItems,
      polls.reduce((sum, { limit }) => sum + limit, 0),
    );
    const types = [...new Set(polls.flatMap((poll) => poll.types))];
    const found = await this.store.ready(first.scope, kindsOf[first.queue], types, wanted + this.claiming.size);
    const items = found.filter(({ id }) => !this.claiming.has(id)).slice(0, wanted);
    if (items.length === 0) return;
    const parts = allot(
      items,
      polls.filter((poll) => this.polls.has(poll)),
    );
    await this.haveRoom(bytesOf([...parts.values()].flat()));
    for (const [poll, part] of parts) this.begin(poll, part);
    // There may be more than was asked for.
    if (parts.size > 0 && items.length === wanted) this.again = true;
  }

  /** Claims that are under way load their runs: all of them no more than one pass may. */
  private async haveRoom(bytes: number): Promise<void> {
    while (this.claimingBytes > 0 && this.claimingBytes + bytes > maxPassBytes) await Promise.race(this.claims);
  }

  /** The claims go on while the next pass looks: they take as long as a commit. */
  private begin(poll: Poll, part: readonly ReadyItem[]): void {
    if (!this.polls.has(poll)) {
      this.again = true;
      return;
    }
    poll.serving = true;
    const bytes = bytesOf(part);
    for (const { id } of part) this.claiming.add(id);
    this.claimingBytes += bytes;
    const claims = this.claimFor(poll, part)
      // The database is away for a moment: the ticker looks again within a second.
      .catch(() => undefined)
      .finally(() => {
        for (const { id } of part) this.claiming.delete(id);
        this.claimingBytes -= bytes;
        this.claims.delete(claims);
        // Somebody else was faster, or polls are left that wait for what was not asked for.
        this.wake();
      });
    this.claims.add(claims);
  }

  private async claimFor(poll: Poll, items: readonly QueueItem[]): Promise<void> {
    const claims = await Promise.allSettled(items.map((item) => this.claim(item, poll)));
    const work = claims.flatMap((each) => (each.status === 'fulfilled' && each.value ? [each.value] : []));
    poll.serving = false;
    if (poll.gone) await this.release(items, work);
    if (work.length > 0 || poll.done) this.finish(poll, work);
  }

  private async release(items: readonly QueueItem[], work: readonly Work[]): Promise<void> {
    const fences = new Map(work.map(({ id, fence }) => [id, fence]));
    for (const { id, runId, kind } of items) {
      const fence = fences.get(id);
      if (fence !== undefined) await this.commands.execute(new ExpireLease(serverReach, kind, runId, id, fence));
    }
  }

  private claim(item: QueueItem, { agent, reach, origin }: Poll): Promise<Work | null> {
    const claiming = { id: agent.id, tokenId: agent.tokenId, origin };
    if (item.kind === 'task') return this.commands.execute(new ClaimTaskRun(reach, item.runId, item.id, claiming));
    const purpose = item.kind === 'run' ? 'start' : 'finalize';
    return this.commands.execute(new ClaimWorkflowRun(reach, item.runId, purpose, claiming));
  }
}

/** Of the runs of these items, each counted once. */
function bytesOf(items: readonly ReadyItem[]): number {
  return [...new Map(items.map(({ runId, runBytes }) => [runId, runBytes])).values()].reduce(
    (sum, each) => sum + each,
    0,
  );
}
