import { printable } from '#libs/terminal';

/** Fields of a record that a person at a terminal does not need. */
const leftOut = new Set(['level', 'time', 'service', 'msg', 'err', 'actor', 'requestId']);

const levels: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' };

/**
 * Formats a JSON record as one line for people: time, level, message, and the fields as `name=value`; the stack of an
 * error goes below.
 */
export function terminalLine(record: string): string {
  const fields = JSON.parse(record) as Record<string, unknown>;
  const { level, time, msg, err } = fields;
  const shown = Object.entries(fields).filter(([name]) => !leftOut.has(name));
  const words = [
    typeof time === 'string' ? time.slice(11, 19) : '',
    levels[Number(level)] ?? '',
    typeof msg === 'string' ? msg : '',
    ...shown.map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`),
  ];
  const stack = (err as { stack?: unknown } | undefined)?.stack;
  const line = printable(words.join(' '));
  return typeof stack === 'string' ? `${line}\n${stack}\n` : `${line}\n`;
}
