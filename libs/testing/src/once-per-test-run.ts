import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where global set-up has left the folder that all workers of one run of jest share. */
export const runFolderVariable = 'RUNLEDGER_TEST_RUN';

/** Does the work in the first spec file that asks; the others wait until it is done, or has failed. */
export async function oncePerTestRun(name: string, work: () => Promise<void>): Promise<void> {
  const folder = process.env[runFolderVariable];
  if (!folder) throw new Error('There is no folder of the run: run the specs through jest');
  const [done, failed] = [join(folder, `${name}.done`), join(folder, `${name}.failed`)];
  if (isFirst(join(folder, name))) {
    try {
      await work();
    } catch (error) {
      writeFileSync(failed, '');
      throw error;
    }
    writeFileSync(done, '');
    return;
  }
  while (!existsSync(done)) {
    if (existsSync(failed)) throw new Error(`${name} has failed in another spec file`);
    await sleep(50);
  }
}

function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}
