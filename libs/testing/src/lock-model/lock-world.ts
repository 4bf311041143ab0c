import { fold } from '#libs/kernel';
import type { StreamChange, ViewUpdate } from '#libs/ledger';
import { LockProtocol } from '../../../locks/src/application/lock-protocol';
import { lockCategory } from '../../../locks/src/application/lock-category';
import { type LockCommand, lockDecider, type LockEvent, type LockState } from '../../../locks/src/domain';
import { isLiveClaim, type RunCommand, type RunEvent, type WorkflowRunState } from '../../../runs/src/domain';
import { decider } from '../../../runs/src/domain/spec/simulation';
import { LockRequests } from '../../../runs/src/process/lock-requests';
import { changedTasks } from '../../../runs/src/read/changed-tasks';
import { timerRows } from '../../../runs/src/read/run-timers-projection';
import type { Chance } from '../chance';
import { Believers } from './believers';

interface Timer {
  readonly streamId: string;
  readonly kind: string;
  readonly itemId: string;
  readonly due: number;
}
interface TimerRow {
  readonly stream_id: string;
  readonly kind: string;
  readonly item_id: string;
  readonly due: number | null;
}
/** A handler at work in some process. One of a process that was killed hears nothing any more. */
interface Flight {
  isDead: boolean;
}
interface Answer {
  readonly flight: Flight | null;
  deliver(): void;
}
type Waiting = Answer & { commit(): void };
type WithoutNow<Command> = Command extends unknown ? Omit<Command, 'now'> : never;

const ours: ReadonlySet<string> = new Set(['lock-request', 'lock-grant', 'lock-release', 'task-wake']);

/**
 * Runs, locks and timers as the ledger keeps them, and the handlers of timers as processes run them, with every read, commit and answer
 * a step that chance puts in order. The deciders, the projections and the protocol are the real ones.
 */
export class LockWorld {
  readonly believers = new Believers();
  readonly runs = new Map<string, WorkflowRunState>();
  readonly locks = new Map<string, LockState>();
  now = 1_700_000_000_000;
  private readonly versions = new Map<string, number>();
  private readonly timers = new Map<string, Timer>();
  /** Every timer that there ever was: a process that was frozen fires those that were done long ago. */
  private readonly past: Timer[] = [];
  private readonly flights = new Set<Flight>();
  private waiting: Waiting[] = [];
  private answers: Answer[] = [];
  /** Timers that have been fired, and are still to be taken away. */
  private done: Timer[] = [];

  constructor(private readonly chance: Chance) {}

  /** Sends a command to a run; it is committed some time later. Refusals are nobody's concern. */
  send(runId: string, command: WithoutNow<RunCommand>): void {
    this.enqueue(
      null,
      () => this.commitRun(runId, command),
      () => undefined,
    );
  }

  async step(): Promise<void> {
    const { chance } = this;
    this.now += chance.below(3);
    switch (chance.below(10)) {
      case 0:
      case 1:
      case 2:
        this.fireOne(chance.is(0.08));
        break;
      case 3:
      case 4:
      case 5:
        this.commitSome();
        break;
      case 6:
        this.settleOne();
        break;
      case 7:
        if (chance.is(0.05)) this.killProcesses();
        else this.deliverOne();
        break;
      default:
        this.deliverOne();
    }
    await turn();
  }

  /** Lets everything come to its end, with nothing more from outside. */
  async rest(): Promise<void> {
    for (let steps = 0; ; steps++) {
      if (steps > 5000) throw new Error(`It does not come to rest: ${JSON.stringify([...this.timers.values()])}`);
      while (this.waiting.length > 0 || this.answers.length > 0) {
        this.commitSome();
        while (this.answers.length > 0) this.deliverOne();
        await turn();
      }
      while (this.done.length > 0) this.settleOne();
      const soon = [...this.timers.values()].sort((a, b) => a.due - b.due)[0];
      if (!soon) return;
      this.now = Math.max(this.now, soon.due);
      this.fire(soon);
      await turn();
    }
  }

  private fireOne(fromThePast: boolean): void {
    const timers = fromThePast ? this.past : [...this.timers.values()].filter(({ due }) => due <= this.now + 2);
    if (timers.length > 0) this.fire(this.chance.of(timers));
  }

  private fire(timer: Timer): void {
    const { streamId, kind, itemId, due } = timer;
    const flight: Flight = { isDead: false };
    this.flights.add(flight);
    const end = (): void => {
      this.flights.delete(flight);
      this.done.push(timer);
    };
    if (kind === 'task-wake') {
      const command = { type: 'WakeTask', taskId: itemId, dueAt: due } as const;
      this.enqueue(flight, () => this.commitRun(streamId, command), end);
      return;
    }
    void this.handle(flight, timer).then(end);
  }

  private handle(flight: Flight, { streamId, kind, itemId }: Timer): Promise<void> {
    const protocol = this.protocolOf(flight);
    if (kind === 'lock-grant') return protocol.granted(streamId);
    const requests = new LockRequests({
      findRun: (runId) => this.read(flight, () => this.runs.get(runId) ?? null),
      claim: ({ teamId }, claim) => protocol.request(teamId, claim),
      leave: ({ teamId }, claim) => protocol.release(teamId, claim),
    });
    return kind === 'lock-request' ? requests.request(streamId, itemId) : requests.release(streamId, itemId);
  }

  private protocolOf(flight: Flight): LockProtocol {
    return new LockProtocol({
      find: (lockId) => this.read(flight, () => this.locks.get(lockId) ?? null),
      request: (lockId, teamId, claim) =>
        this.write(flight, () => this.commitLock(lockId, { type: 'RequestLock', lockId, teamId, ...claim })),
      release: (lockId, claim) => this.write(flight, () => this.commitLock(lockId, { type: 'ReleaseLock', ...claim })),
      tell: async ({ runId, ...claim }) => {
        const run = await this.write(flight, () => this.commitRun(runId, { type: 'GrantLock', ...claim }));
        return run !== null && isLiveClaim(run, claim);
      },
    });
  }

  /** What is read is as old as chance will have it when it arrives. */
  private read<Value>(flight: Flight, look: () => Value): Promise<Value> {
    return new Promise((resolve) => {
      const early = this.chance.is(0.7) ? { value: look() } : null;
      this.answers.push({ flight, deliver: () => resolve(early ? early.value : look()) });
    });
  }

  private write<Value>(flight: Flight, commit: () => Value): Promise<Value> {
    return new Promise((resolve) => this.enqueue(flight, commit, resolve));
  }

  private enqueue<Value>(flight: Flight | null, commit: () => Value, answer: (value: Value) => void): void {
    let value: Value;
    this.waiting.push({
      flight,
      commit: () => {
        value = commit();
      },
      deliver: () => answer(value),
    });
  }

  /** One batch: some of what waits, whichever process has sent it; all of it is appended together, and projected as one change. */
  private commitSome(): void {
    const batch = this.waiting.splice(this.chance.below(this.waiting.length), 1 + this.chance.below(4));
    this.batch = new Map();
    for (const each of batch) each.commit();
    for (const [streamId, { runBefore, lockBefore, runEvents, lockEvents }] of this.batch) {
      const version = (this.versions.get(streamId) ?? 0) + runEvents.length + lockEvents.length;
      this.versions.set(streamId, version);
      const run = this.runs.get(streamId);
      const lock = this.locks.get(streamId);
      if (run && runEvents.length > 0)
        this.applyRows(rowsOf({ streamId, before: runBefore, after: run, version, events: runEvents }));
      if (lock && lockEvents.length > 0)
        this.applyRows(
          timersIn(lockCategory.project([{ streamId, before: lockBefore, after: lock, version, events: lockEvents }])),
        );
    }
    this.answers.push(...batch);
  }

  private batch = new Map<
    string,
    {
      readonly runBefore: WorkflowRunState | null;
      readonly lockBefore: LockState | null;
      readonly runEvents: RunEvent[];
      readonly lockEvents: LockEvent[];
    }
  >();

  private inBatch(streamId: string) {
    const known = this.batch.get(streamId);
    if (known) return known;
    const runBefore = this.runs.get(streamId) ?? null;
    const lockBefore = this.locks.get(streamId) ?? null;
    const entry = { runBefore, lockBefore, runEvents: [], lockEvents: [] };
    this.batch.set(streamId, entry);
    return entry;
  }

  private commitRun(runId: string, command: WithoutNow<RunCommand>): WorkflowRunState | null {
    const batch = this.inBatch(runId);
    const state = this.runs.get(runId) ?? null;
    try {
      // No two clocks agree.
      const events = decider.decide(state, { ...command, now: this.now + this.chance.below(5) - 2 });
      const after = fold(decider, state, events);
      for (const event of events) this.believers.see(runId, event);
      batch.runEvents.push(...events);
      if (after) this.runs.set(runId, after);
      return after;
    } catch (error) {
      if ((error as { reason?: unknown }).reason !== undefined) return null;
      throw error;
    }
  }

  private commitLock(lockId: string, command: WithoutNow<LockCommand>): LockState | null {
    const batch = this.inBatch(lockId);
    const state = this.locks.get(lockId) ?? null;
    const events = lockDecider.decide(state, { ...command, now: this.now });
    const after = fold(lockDecider, state, events);
    for (const { type, data } of events) {
      const run = this.runs.get(data.runId);
      if (type === 'LockLeft' && run && isLiveClaim(run, data))
        throw new Error(
          `Lock ${lockId} is taken from ${data.taskId}, try ${data.tries}, which waits for it or holds it`,
        );
    }
    batch.lockEvents.push(...events);
    if (after) this.locks.set(lockId, after);
    return events.some(({ type }) => type === 'LockGranted') ? after : null;
  }

  /** As `timer_apply` does: takes away first, then sets. */
  private applyRows(all: readonly TimerRow[]): void {
    const rows = all.filter(({ kind }) => ours.has(kind));
    for (const row of rows) if (row.due === null) this.timers.delete(keyOf(row.stream_id, row.kind, row.item_id));
    const set = new Set<string>();
    for (const { stream_id: streamId, kind, item_id: itemId, due } of rows) {
      if (due === null) continue;
      const key = keyOf(streamId, kind, itemId);
      // PostgreSQL refuses to touch a row twice in one insert.
      if (set.has(key)) throw new Error(`Timer ${key} is set twice in one append`);
      set.add(key);
      const timer = { streamId, kind, itemId, due };
      this.timers.set(key, timer);
      this.past.push(timer);
    }
  }

  /** A timer that was fired is taken away, unless it was set anew for another time. */
  private settleOne(): void {
    const [timer] = this.done.splice(this.chance.below(this.done.length), 1);
    if (!timer) return;
    const key = keyOf(timer.streamId, timer.kind, timer.itemId);
    if (this.timers.get(key)?.due === timer.due) this.timers.delete(key);
  }

  private deliverOne(): void {
    const [answer] = this.answers.splice(this.chance.below(this.answers.length), 1);
    if (answer && !answer.flight?.isDead) answer.deliver();
  }

  /** kill -9: what they were doing is half done, what they have sent may still arrive, nothing is heard of it. */
  private killProcesses(): void {
    for (const flight of this.flights) flight.isDead = true;
    this.flights.clear();
    this.waiting = this.waiting.filter(({ flight }) => !flight?.isDead || this.chance.is(0.5));
    this.answers = this.answers.filter(({ flight }) => !flight?.isDead);
    this.done = [];
  }
}

function rowsOf(change: StreamChange<WorkflowRunState, RunEvent>): readonly TimerRow[] {
  return timerRows(change, changedTasks(change));
}

function timersIn(views: readonly ViewUpdate[]): readonly TimerRow[] {
  return views.flatMap(({ sqlFunction, rows }) => (sqlFunction === 'timer_apply' ? (rows as readonly TimerRow[]) : []));
}

function keyOf(streamId: string, kind: string, itemId: string): string {
  return `${streamId} ${kind} ${itemId}`;
}

/** Lets whatever was answered go on to its next question. */
async function turn(): Promise<void> {
  for (let tick = 0; tick < 8; tick++) await Promise.resolve();
}
