/** A script, ready to execute. */
export interface ScriptText {
  /** The first line, including `#!`. */
  readonly shebang: string;
  readonly body: string;
  /** Whether a POSIX shell reads it, which can get variables from a file. */
  readonly isShell: boolean;
}

const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'ash', 'ksh', 'mksh', 'zsh']);

/**
 * Reads a script as Tekton does: drops blank lines before `#!`; runs a script without `#!` with `/bin/sh`, which ends
 * at the first command that fails. Drops a byte order mark, and reads CRLF as a line break if the first line ends with
 * it.
 */
export function readScript(given: string): ScriptText {
  const whole = given.replace(/^\uFEFF/, '');
  const text = /^[^\n]*\r\n/.test(whole) ? whole.replaceAll('\r\n', '\n') : whole;
  const begun = text.replace(/^\s*(?=#!)/, '');
  if (!begun.startsWith('#!')) return { shebang: '#!/bin/sh', body: `set -e\n${text}`, isShell: true };
  const end = begun.indexOf('\n');
  const shebang = (end < 0 ? begun : begun.slice(0, end)).trimEnd();
  return { shebang, body: end < 0 ? '' : begun.slice(end + 1), isShell: isShell(shebang) };
}

function isShell(shebang: string): boolean {
  const [program = '', ...args] = shebang.slice(2).trim().split(/\s+/);
  const name = program.split('/').at(-1) ?? '';
  if (name !== 'env') return shells.has(name);
  const named = args.find((each) => !each.startsWith('-') && !each.includes('='));
  return named !== undefined && shells.has(named.split('/').at(-1) ?? '');
}
