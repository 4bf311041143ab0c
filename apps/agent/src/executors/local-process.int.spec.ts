import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClaimedTask } from '../protocol';
import { LocalProcess } from './local-process';

describe('a task as a process of this machine', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'runledger-process-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const taskOf = (command: string): ClaimedTask => ({
    ...{ id: 'id', fence: 1, name: 'task', type: 'script', status: 'running', phase: 'running' },
    ...{ workflowRunRef: 'run', params: [], results: [] },
    spec: { script: null, command: [command], arguments: null, envs: null, workingDir: null },
  });

  it('waits for a program that is open for writing, as a script is while another task is forked', async () => {
    const program = join(folder, 'program');
    writeFileSync(program, '#!/bin/sh\necho done\n');
    chmodSync(program, 0o700);
    const writer = openSync(program, 'a');
    const output: Buffer[] = [];
    const ended = new LocalProcess(taskOf(program), folder, (chunk) => output.push(chunk)).run();
    setTimeout(() => closeSync(writer), 200);
    expect(await ended).toEqual({ status: 'succeeded', results: [] });
    expect(Buffer.concat(output).toString()).toBe('done\n');
  });
});
