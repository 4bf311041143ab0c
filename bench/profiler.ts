import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';

/*
 * Loaded into the server before its own code (`--require`): SIGUSR2 begins a CPU profile, and the next one ends it and writes it to the
 * file that BENCH_PROFILE names.
 */
const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.setSamplingInterval', { interval: 500 });
let isOn = false;
process.on('SIGUSR2', () => {
  isOn = !isOn;
  if (isOn) {
    session.post('Profiler.start');
    return;
  }
  session.post('Profiler.stop', (error, { profile }) => {
    if (error) throw error;
    writeFileSync(process.env['BENCH_PROFILE'] ?? 'bench.cpuprofile', JSON.stringify(profile));
  });
});
