import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readResults } from './result-files';

describe('the results of a task', () => {
  let base: string;
  let folder: string;
  beforeEach(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), 'results-')));
    folder = join(base, 'results');
    await mkdir(folder);
    await mkdir(join(base, 'other'));
    await writeFile(join(base, 'other', 'secret'), 'not the task’s');
  });
  afterEach(() => rm(base, { recursive: true, force: true }));

  it('are read from files, less one line break', async () => {
    await writeFile(join(folder, 'one'), 'blue\n');
    expect(await readResults(folder, ['one', 'none'])).toEqual({
      results: [{ name: 'one', value: 'blue' }],
      problems: [],
    });
  });

  it('are not read through a folder that the task has replaced', async () => {
    await rm(folder, { recursive: true });
    await symlink(join(base, 'other'), folder);
    const { results, problems } = await readResults(folder, ['secret']);
    expect(results).toEqual([]);
    expect(problems).toEqual([expect.stringContaining('replaced its results folder')]);
  });

  it('are not read through links that leave the folder, nor is a link to nothing left out without a word', async () => {
    await symlink(join(base, 'other', 'secret'), join(folder, 'away'));
    await symlink(join(base, 'nowhere'), join(folder, 'lost'));
    const { results, problems } = await readResults(folder, ['away', 'lost']);
    expect(results).toEqual([]);
    expect(problems).toEqual([
      expect.stringContaining('Result away is a link that leaves the results folder'),
      expect.stringContaining('Result lost is a link to a missing file'),
    ]);
  });
});
