import { boundCases } from './bounds-cases';
import { callTo, lineOf, measured } from './bounds-probe';
import { adminToken, memoryOf, printMachine, runBench } from './support';

/** What each bound costs at its limit and just above. To be: answered within 1000 ms, alive within 100 ms, memory below 500 MiB. */
runBench(async (bench) => {
  const { url, pid } = await bench.startServer();
  for (const each of await boundCases(callTo(url, adminToken))) {
    const largest = await measured(url, () => each.largest());
    const above = await measured(url, () => each.above());
    console.log(lineOf(each, largest, above, memoryOf(pid).mebibytes));
  }
  printMachine();
});
