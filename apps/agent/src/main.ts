import { pino } from 'pino';
import { Agent } from './agent';
import { parseAgentConfig } from './config';

async function main(): Promise<void> {
  const config = parseAgentConfig(process.env);
  const logger = pino(
    { level: config.logLevel, base: { service: 'runledger-agent' } },
    pino.destination({ fd: 2, sync: true }),
  );
  const agent = new Agent(config, logger);
  let draining = false;
  const stop = (): void => {
    if (draining) {
      agent.abandon();
      process.exit(1);
    }
    draining = true;
    agent.drain().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (config.endsWithParent) {
    process.stdin.resume();
    process.stdin.on('end', () => {
      if (draining) return;
      agent.abandon();
      process.exit(1);
    });
  }
  await agent.run();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
