import { programVersion } from '#libs/config';
import { pino } from 'pino';
import { Agent } from './agent';
import { parseAgentConfig } from './config';
import { exitCodeOf, SettingsError } from './failures';
import { takeToken } from './token';
import { usage } from './usage';

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) return void process.stdout.write(usage(programVersion()));
  if (args.includes('--version')) return void process.stdout.write(`${programVersion()}\n`);
  if (args[0] !== undefined) throw new SettingsError(`Unknown flag ${args[0]}: the flags are --help and --version.`);
  const warnings: string[] = [];
  const given = await takeToken(process.env, process.stdin, (text) => warnings.push(text));
  const config = parseAgentConfig(process.env, given);
  const logger = pino(
    { level: config.logLevel, base: { service: 'runledger-agent' } },
    pino.destination({ fd: 2, sync: true }),
  );
  for (const warning of warnings) logger.warn(warning);
  const agent = new Agent(config, logger);
  // No task outlives this process, unless SIGKILL ends it.
  process.on('exit', () => agent.abandon());
  let draining = false;
  const stop = (): void => {
    if (draining) process.exit(1);
    draining = true;
    agent.drain().then((isAllReported) => process.exit(isAllReported ? 0 : 1), end);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
  if (config.endsWithParent) {
    if (process.stdin.readableEnded) process.exit(1);
    process.stdin.resume();
    process.stdin.on('end', () => {
      if (!draining) process.exit(1);
    });
  }
  await agent.run();
}

function end(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(exitCodeOf(error));
}

main().catch(end);
