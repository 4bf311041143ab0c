import { cpus, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { programVersion } from '#libs/config';
import { readTracingSettings, type TracingSettings } from '#libs/tracing';
import { SettingsError } from './failures';

export interface AgentConfig {
  readonly url: string;
  readonly token: string;
  readonly name: string;
  /** How many tasks to execute at once. */
  readonly concurrency: number;
  readonly workDir: string;
  /** Seconds that running tasks get to end after SIGTERM. */
  readonly drainSeconds: number;
  /** Seconds without a usable answer after which the agent gives up. */
  readonly patienceSeconds: number;
  readonly logLevel: string;
  /** Stop when standard input ends, because then the parent process is gone. */
  readonly endsWithParent: boolean;
  /** Where it sends its own spans; null: it sends none. */
  readonly tracing: TracingSettings | null;
}

/** The token, and where it came from. */
export interface GivenToken {
  readonly token: string;
  readonly tokenSource: string;
}

/** @throws SettingsError that names every problem; never repeats the token. */
export function parseAgentConfig(environment: NodeJS.ProcessEnv, { token, tokenSource }: GivenToken): AgentConfig {
  const problems: string[] = [];
  const text = (name: string, fallback: string) => environment[name] || fallback;
  const whole = (name: string, min: number, max: number, fallback: number) => {
    const given = environment[name];
    if (!given) return fallback;
    const value = /^\d+$/.test(given) ? Number(given) : NaN;
    if (!(value >= min && value <= max)) problems.push(`${name} must be a whole number from ${min} to ${max}`);
    return value;
  };
  const url = text('RUNLEDGER_URL', 'http://127.0.0.1:8080').replace(/\/+$/, '');
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) problems.push('RUNLEDGER_URL must be an http or https URL');
  if (!/^bf[gtwu]_\S+$/.test(token)) problems.push(`${tokenSource} must be a token of the server (bfg_… or bft_…)`);
  const service = { name: 'runledger-agent', version: programVersion() };
  const { settings: tracing, problems: wrong } = readTracingSettings(environment, service);
  problems.push(...wrong);
  const config: AgentConfig = {
    url,
    token,
    name: text('RUNLEDGER_AGENT_NAME', `agent-${hostname()}`),
    concurrency: whole('RUNLEDGER_AGENT_CONCURRENCY', 1, 1000, Math.max(8, cpus().length * 4)),
    workDir: text('RUNLEDGER_AGENT_WORKDIR', join(tmpdir(), 'runledger-agent')),
    drainSeconds: whole('RUNLEDGER_AGENT_DRAIN_SECONDS', 0, 3600, 25),
    patienceSeconds: whole('RUNLEDGER_AGENT_PATIENCE_SECONDS', 1, 86_400, 3600),
    logLevel: text('RUNLEDGER_LOG_LEVEL', 'info'),
    endsWithParent: environment['RUNLEDGER_AGENT_PARENT'] === '1',
    tracing,
  };
  if (problems.length > 0)
    throw new SettingsError(['The settings are wrong:', ...problems.map((each) => `  - ${each}`)].join('\n'));
  return config;
}
