import { readFileSync } from 'node:fs';
import { boundCases } from './bounds-cases';
import { callTo, lineOf, measured } from './bounds-probe';
import { adminToken, openBench, printMachine, startServer, stopServer } from './support';

/** What each bound costs at its limit and just above. To be: answered within 1000 ms, alive within 100 ms, memory below 500 MiB. */
async function main(): Promise<void> {
  const bench = await openBench();
  const server = await startServer(bench.url);
  try {
    for (const each of await boundCases(callTo(server.url, adminToken))) {
      const largest = await measured(server.url, () => each.largest());
      const above = await measured(server.url, () => each.above());
      console.log(lineOf(each, largest, above, residentMebibytes(server.child.pid)));
    }
    printMachine();
  } finally {
    await stopServer(server.child);
    await bench.close();
  }
}

/** Linux only; null elsewhere. */
function residentMebibytes(pid: number | undefined): number | null {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN) / 1024;
  } catch {
    return null;
  }
}

void main();
