import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** A short set of all benchmarks of the write path: one after the other, each a process of its own, so that none disturbs another. */
const settings: readonly (readonly [name: string, settings: Readonly<Record<string, string>>])[] = [
  ['commands', { BENCH_RUNS: '1000' }],
  ['runs', { BENCH_RUNS: '500' }],
  ['sequence', { BENCH_RUNS: '3' }],
  ['fanout', {}],
  ['storage', { BENCH_RUNS: '300' }],
  ['memory', { BENCH_SUBMITS: '5000' }],
];
const short = { BENCH_ROUNDS: '3', BENCH_SECONDS: '2' };

function run(name: string, env: Readonly<Record<string, string>>): Promise<number | null> {
  const child = spawn(process.execPath, [join(__dirname, `${name}.js`)], {
    env: { ...short, ...env, ...process.env },
    stdio: 'inherit',
  });
  return new Promise((resolve) => child.once('exit', resolve));
}

async function main(): Promise<void> {
  for (const [name, env] of settings) {
    console.log(`\nbench:${name}`);
    if ((await run(name, env)) !== 0) process.exitCode = 1;
  }
}

void main();
