/** A script as it is to be executed. */
export interface ScriptText {
  /** The first line, `#!` included. */
  readonly shebang: string;
  readonly body: string;
  /** Whether a POSIX shell reads it, which can be given variables in a file. */
  readonly isShell: boolean;
}

const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'ash', 'ksh', 'mksh', 'zsh']);

/**
 * Reads a script as Tekton does: blank lines before `#!` are no part of it, and one without `#!` is run by `/bin/sh` and ends at the first
 * command that fails. A byte order mark is taken away, and CRLF is read as a line break where the first line ends with it.
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
