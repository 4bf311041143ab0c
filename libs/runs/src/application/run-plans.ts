import { createHash } from 'node:crypto';
import { canonicalJson, type DomainEvent, jsonBytesOnce } from '#libs/kernel';
import type { Opened, StoredForm } from '#libs/ledger';
import { LRUCache } from 'lru-cache';
import type { Pool, PoolClient } from 'pg';
import {
  type CopiedSubmission,
  type PackedRun,
  type PackedSubmission,
  packRun,
  type Plan,
  type RunEvent,
  unpackRun,
  type WorkflowRunState,
  type WorkflowRunSubmitted,
} from '../domain';

/** Bytes of plans that are remembered: 32 MiB. */
const maxRemembered = 32 * 1024 * 1024;
/** Hashes that are remembered of plans that the database has. */
const maxStored = 10_000;
/** Bytes of plans that are read at once: those before which there are more are left out. */
const mostRead = 8 * 1024 * 1024;

/**
 * The plans of runs. A plan is stored once, as canonical JSON under the SHA-256 of that text; the events and snapshots of runs refer to it by
 * that hash. In memory all runs of a plan share one frozen object.
 */
export class RunPlans implements StoredForm<WorkflowRunState, RunEvent> {
  private readonly byHash = new LRUCache<string, Plan>({ maxSize: maxRemembered });
  private readonly hashes = new WeakMap<Plan, string>();
  /** By the list that the plan was made of. */
  private readonly made = new WeakMap<object, Plan>();
  private readonly stored = new LRUCache<string, true>({ max: maxStored });

  /** The plan of a list of tasks: worked out once for one list, and the same for lists that say the same. */
  of(tasks: readonly unknown[]): Plan {
    let plan = this.made.get(tasks);
    if (!plan) {
      const body = canonicalJson(tasks);
      plan = this.shared(sha256(body), body);
      this.made.set(tasks, plan);
    }
    return plan;
  }

  /** Stores the plan unless the database is known to have it: before the first event that refers to it is appended. */
  async store(pool: Pool, plan: Plan): Promise<void> {
    const hash = this.hashOf(plan);
    if (this.stored.get(hash)) return;
    await pool.query({
      name: 'store_plan',
      text: 'insert into plan (hash, body) values ($1, $2) on conflict do nothing',
      values: [Buffer.from(hash, 'hex'), canonicalJson(plan)],
    });
    this.stored.set(hash, true);
  }

  packEvent({ type, data }: RunEvent): unknown {
    if (type !== 'WorkflowRunSubmitted') return data;
    const { tasks, ...rest } = data;
    return { ...rest, plan: this.hashOf(tasks) } satisfies PackedSubmission;
  }

  packState(state: WorkflowRunState): unknown {
    return packRun(state, this.hashOf(state.plan));
  }

  async open(
    client: Pool | PoolClient,
    events: readonly DomainEvent[],
    states: readonly unknown[],
  ): Promise<Opened<WorkflowRunState, RunEvent>> {
    const submissions = events.flatMap((event) => (isSubmission(event) && 'plan' in event.data ? [event.data] : []));
    const plans = await this.read(
      client,
      new Set([...submissions, ...(states as PackedRun[])].map(({ plan }) => plan)),
    );
    const submitted = (data: PackedSubmission | CopiedSubmission): WorkflowRunSubmitted | null => {
      if ('tasks' in data) {
        const tasks = this.of(data.tasks.map(({ id: _id, ...task }) => task));
        return { type: 'WorkflowRunSubmitted', data: { ...data, tasks } };
      }
      const { plan, ...rest } = data;
      const tasks = plans.get(plan);
      return tasks ? { type: 'WorkflowRunSubmitted', data: { ...rest, tasks } } : null;
    };
    return {
      event: (event) => (isSubmission(event) ? submitted(event.data) : (event as RunEvent)),
      state: (packed) => {
        const plan = plans.get((packed as PackedRun).plan);
        return plan ? unpackRun(packed as PackedRun, plan) : null;
      },
    };
  }

  /**
   * The plans of these hashes, those that are not remembered in one statement; without those that the answer has no room for.
   * @throws Error naming one that the database does not have, or has changed.
   */
  async read(client: Pool | PoolClient, hashes: ReadonlySet<string>): Promise<ReadonlyMap<string, Plan>> {
    const plans = new Map<string, Plan>();
    const unknown = new Set<string>();
    for (const hash of hashes) {
      const plan = this.byHash.get(hash);
      if (plan) plans.set(hash, plan);
      else unknown.add(hash);
    }
    if (unknown.size === 0) return plans;
    const { rows } = await client.query<{ hash: string; body: string | null }>({
      name: 'read_plans',
      text: `select encode(p.hash, 'hex') as hash, case when coalesce(p.before, 0) < $2 then p.body end as body
               from (select hash, body, sum(octet_length(body)) over (order by hash rows between unbounded preceding and 1 preceding) as before
                       from plan where hash = any($1)) as p`,
      values: [[...unknown].map((hash) => Buffer.from(hash, 'hex')), mostRead],
    });
    for (const { hash, body } of rows) {
      unknown.delete(hash);
      if (body === null) continue;
      if (sha256(body) !== hash) throw new Error(`Plan ${hash} was changed: its text has another hash`);
      plans.set(hash, this.shared(hash, body));
      this.stored.set(hash, true);
    }
    for (const hash of unknown) throw new Error(`Plan ${hash} is missing, and a run refers to it`);
    return plans;
  }

  private hashOf(plan: Plan): string {
    let hash = this.hashes.get(plan);
    if (hash === undefined) {
      hash = sha256(canonicalJson(plan));
      this.hashes.set(plan, hash);
    }
    return hash;
  }

  private shared(hash: string, body: string): Plan {
    const known = this.byHash.get(hash);
    if (known) return known;
    const plan = frozen(JSON.parse(body) as Plan);
    this.hashes.set(plan, hash);
    this.byHash.set(hash, plan, { size: 2 * jsonBytesOnce(plan) });
    return plan;
  }
}

function isSubmission(
  event: DomainEvent,
): event is DomainEvent<'WorkflowRunSubmitted', PackedSubmission | CopiedSubmission> {
  return event.type === 'WorkflowRunSubmitted';
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Freezes a value of JSON with all that is in it. */
function frozen<Value extends object>(value: Value): Value {
  const open: object[] = [value];
  for (let next = open.pop(); next; next = open.pop()) {
    Object.freeze(next);
    for (const member of Object.values(next) as unknown[])
      if (typeof member === 'object' && member !== null) open.push(member);
  }
  return value;
}
