import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { exitCodes } from '../src/exit';
import { createProgram } from '../src/program';
import { parseUntil } from '../src/until';
import { root } from './cli';

/** Every command with its path, the program first. */
function all(command: Command, path: readonly string[] = []): [string, Command][] {
  return [[path.join(' '), command], ...command.commands.flatMap((each) => all(each, [...path, each.name()]))];
}

const commands = all(createProgram());

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

describe('the command line', () => {
  it.each(commands)('explains "%s", with examples', (_path, command) => {
    expect(helpOf(command)).toMatch(/Usage: runledger[^]*Examples:\n {2}\$ .*runledger/);
  });

  it('has output for machines wherever there is output', () => {
    const without = commands.filter(
      ([, command]) => command.commands.length === 0 && !command.options.some(({ long }) => long === '--json'),
    );
    expect(without.map(([path]) => path)).toEqual(['server', 'agent', 'witness', 'completion']);
  });

  it('is described in docs/cli.md, with every option and exit code', () => {
    const document = readFileSync(join(root, 'docs/cli.md'), 'utf8');
    const missing = commands.flatMap(([path, { options, commands: inner }]) => {
      const heads = inner.length > 0 ? [] : [`### runledger ${path}`];
      const section = document.split(/^### /m).find((part) => part.startsWith(`runledger ${path}\n`)) ?? '';
      const named =
        path === ''
          ? []
          : options.flatMap(({ long }) => (section.includes(`\`${long ?? ''}`) ? [] : [`${path} ${long}`]));
      return [...heads.filter((head) => !document.includes(`${head}\n`)), ...(inner.length > 0 ? [] : named)];
    });
    expect(missing).toEqual([]);
    for (const code of Object.values(exitCodes)) expect(document).toMatch(new RegExp(`^\\| ${code} \\|`, 'm'));
  });

  it.each([
    ['', 'runledger ', ['migrate', 'verify', 'run', '--help']],
    ['a part of a word', 'runledger ver', ['verify']],
    ['a command below a command', 'runledger run ', ['submit', 'logs']],
    ['options', 'runledger run submit release-train --te', ['--team']],
    ['words that an argument may be', 'runledger completion ', ['bash', 'zsh']],
  ])('completes %s in bash', async (_what, typed, expected) => {
    const program = createProgram();
    let script = '';
    const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((script += String(text))));
    await program.parseAsync(['completion', 'bash'], { from: 'user' }).finally(() => write.mockRestore());
    const words = typed.split(' ');
    const line = words.map((word) => `'${word}'`).join(' ');
    const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _runledger; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', `${script}\n${ask}`], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(expected));
  });

  it.each([
    ['7', [6n, 7n, 8n], [true, true, false]],
    ['v2', [5n, 6n, 7n], [true, true, false]],
    ['2026-11-25T10:05:00.006Z', [5n, 6n, 7n], [true, true, false]],
    ['2026-11-25T11:05:00.006+01:00', [5n, 6n, 7n], [true, true, false]],
  ])('takes %s as a moment', (text, places, expected) => {
    const until = parseUntil(text);
    const start = BigInt(Date.parse('2026-11-25T10:05:00Z')) * 1000n;
    const events = places.map((place) => ({
      position: Number(place),
      streamVersion: Number(place) - 4,
      recordedAt: start + place * 1000n + 999n,
    }));
    expect(events.map((event) => until(event))).toEqual(expected);
  });

  it.each(['', 'v', '-1', 'yesterday', '2026-11-25', '2026-11-25T10:05:00', '2026-13-25T10:05:00Z'])(
    'refuses %p as a moment, and says what would be right',
    (text) => expect(() => parseUntil(text)).toThrow('must be a position (1042), a version of the run (v7)'),
  );
});
