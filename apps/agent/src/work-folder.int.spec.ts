import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { beginningOf } from './executors/process-tree';
import { claimFileIn, WorkFolder } from './work-folder';

const silent = pino({ level: 'silent' });
const onLinux = existsSync('/proc/self/environ') ? describe : describe.skip;

onLinux('what an agent that was killed has left', () => {
  let parent: string;
  const started: ChildProcess[] = [];
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'runledger-work-'));
  });
  afterEach(() => {
    for (const { pid } of started.splice(0)) if (pid !== undefined) end(-pid);
    rmSync(parent, { recursive: true, force: true });
  });

  /** A folder as an agent leaves it, with one task. */
  const leave = (name: string, owner: object, mark: string): string => {
    const folder = join(parent, `agent-${name}`);
    mkdirSync(join(folder, 'task'), { recursive: true });
    writeFileSync(join(folder, 'owner.json'), JSON.stringify(owner));
    writeFileSync(claimFileIn(join(folder, 'task')), `RUNLEDGER_TASK_CLAIM=${mark}`);
    return folder;
  };
  /** Starts a task with a child outside its group, and one inside without mark or parent; returns their process ids. */
  const work = async (mark: string): Promise<number[]> => {
    const file = join(parent, `pids-${mark.replace('/', '-')}`);
    const script = `trap '' TERM; echo $$ >> ${file}
      setsid sh -c 'trap "" TERM; echo $$ >> ${file}; while :; do sleep 1; done' &
      (env -i sh -c 'echo $$ >> ${file}; exec sleep 60' &)
      while :; do sleep 1; done`;
    const env = { PATH: process.env['PATH'], RUNLEDGER_TASK_CLAIM: mark };
    started.push(spawn('/bin/sh', ['-c', script], { detached: true, stdio: 'ignore', env }));
    const pids = (): number[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : []);
    while (pids().length < 3) await sleep(20);
    return pids();
  };
  const living = (pids: readonly number[]): number[] =>
    pids.filter((pid) => {
      try {
        return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      } catch {
        return false;
      }
    });
  /** The id of a process that has ended. */
  const dead = { pid: process.pid, host: hostname(), beganAt: '1' };

  it('is ended, whatever group it has gone to; other agents’ tasks, alive or on another host, are left alone', async () => {
    const mine = await work('mine/9007199254740991');
    const others = await work('other/1');
    const far = await work('far/1');
    const left = leave('left', dead, 'mine/9007199254740991');
    const alive = leave('alive', { ...dead, beganAt: beginningOf(process.pid) }, 'other/1');
    const elsewhere = leave('elsewhere', { ...dead, host: 'another-host' }, 'far/1');
    const folder = await WorkFolder.open(parent, silent);
    expect(living(mine)).toEqual([]);
    expect(existsSync(left)).toBe(false);
    expect(living([...others, ...far])).toEqual([...others, ...far]);
    expect([alive, elsewhere].every((each) => existsSync(each))).toBe(true);
    expect(existsSync(folder.path)).toBe(true);
    await folder.close();
    expect(existsSync(folder.path)).toBe(false);
  });

  it('is told from a process that has its number now, and has no mark', async () => {
    const innocent = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    started.push(innocent);
    const left = leave('left', dead, `gone/${innocent.pid ?? 0}`);
    await WorkFolder.open(parent, silent);
    expect(living([innocent.pid ?? 0])).toHaveLength(1);
    expect(existsSync(left)).toBe(false);
  });

  it('is not looked for in a folder that another agent is just making', async () => {
    mkdirSync(join(parent, 'agent-new'));
    await WorkFolder.open(parent, silent);
    expect(readdirSync(parent)).toContain('agent-new');
  });
});

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
