import { ConfigError, parseConfig, programVersion } from '.';

describe('the settings', () => {
  it('have defaults; an empty variable counts as absent', () => {
    expect(parseConfig({ PORT: '', DATABASE_URL: '' }, [])).toEqual({
      host: '127.0.0.1',
      port: 8080,
      portIsDefault: true,
      previousSecretKeys: [],
      trustedProxies: [],
      retention: {},
      archiveFolder: '.runledger/archive',
      databaseWait: 30,
      dataDir: './.runledger',
      roles: ['api', 'worker'],
      leaseSeconds: 60,
      readSeconds: 10,
      logLevel: 'info',
      demo: true,
      agent: true,
      migrateOnly: false,
      newAdminToken: false,
    });
  });

  it('name every problem at once, and never repeat a secret', () => {
    const read = () =>
      parseConfig(
        { PORT: '70000', DATABASE_URL: 'mysql://x', RUNLEDGER_ADMIN_TOKEN: 'hush', RUNLEDGER_ROLES: 'api,king' },
        ['--no-demo', '--fast'],
      );
    expect(read).toThrow(ConfigError);
    try {
      read();
    } catch (error) {
      const { message, problems } = error as ConfigError;
      for (const name of ['PORT', 'DATABASE_URL', 'RUNLEDGER_ADMIN_TOKEN', 'RUNLEDGER_ROLES', '--fast']) {
        expect(message).toContain(name);
      }
      expect(problems).toHaveLength(5);
      expect(message).not.toContain('hush');
    }
  });

  it('do not take the administrator’s token for the agents’', () => {
    const token = 'bfg_0123456789abcdef';
    const read = () => parseConfig({ RUNLEDGER_ADMIN_TOKEN: token, RUNLEDGER_AGENT_TOKEN: token }, []);
    expect(read).toThrow('RUNLEDGER_AGENT_TOKEN must differ from RUNLEDGER_ADMIN_TOKEN');
  });

  it.each([
    ['127.0.0.1', ['127.0.0.1']],
    ['10.0.0.0/8, ::1', ['10.0.0.0/8', '::1']],
    ['', []],
  ])('trust the proxies %j', (text, proxies) => {
    expect(parseConfig({ RUNLEDGER_TRUSTED_PROXIES: text }, []).trustedProxies).toEqual(proxies);
  });

  it.each(['proxy', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.1,', '::1/129'])('do not trust %j', (text) => {
    expect(() => parseConfig({ RUNLEDGER_TRUSTED_PROXIES: text }, [])).toThrow('RUNLEDGER_TRUSTED_PROXIES must be');
  });

  it('say how long finished runs are kept, one number for all or each by name', () => {
    const read = (text: string) => parseConfig({ RUNLEDGER_RETENTION: text }, []).retention;
    expect(read('succeeded=30, failed=90')).toEqual({ succeeded: 30, failed: 90 });
    expect(Object.values(read('7'))).toEqual([7, 7, 7, 7, 7, 7]);
    for (const wrong of ['running=3', 'failed', 'failed=-1', '36501', 'failed=1,,']) {
      expect(() => read(wrong)).toThrow('RUNLEDGER_RETENTION must be days');
    }
  });

  it('name a bucket for the trail, with who may write into it', () => {
    const keys = { AWS_REGION: 'eu-1', AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'hush' };
    const read = (settings: Record<string, string>) => parseConfig({ ...keys, ...settings }, []).trailBucket;
    expect(read({})).toBeUndefined();
    expect(read({ RUNLEDGER_TRAIL_S3: 's3://log/ledger/prod/' })).toEqual({
      bucket: 'log',
      prefix: 'ledger/prod',
      endpoint: 'https://s3.eu-1.amazonaws.com',
      region: 'eu-1',
      accessKeyId: 'AKID',
      secretAccessKey: 'hush',
      lockDays: 0,
    });
    const own = {
      RUNLEDGER_TRAIL_S3: 's3://log',
      RUNLEDGER_TRAIL_S3_ENDPOINT: 'http://10.0.0.7:9000/',
      RUNLEDGER_TRAIL_S3_LOCK_DAYS: '365',
      AWS_SESSION_TOKEN: 'for-an-hour',
    };
    expect(read(own)).toMatchObject({
      prefix: '',
      endpoint: 'http://10.0.0.7:9000',
      lockDays: 365,
      sessionToken: 'for-an-hour',
    });
    expect(() => parseConfig({ RUNLEDGER_TRAIL_S3: 's3://log', AWS_SECRET_ACCESS_KEY: 'hush' }, [])).toThrow(
      /needs AWS_REGION\n.*needs AWS_ACCESS_KEY_ID$/,
    );
    for (const wrong of ['log', 's3://', 's3://Log', 's3://log//a', 's3://log/a b', 'https://log']) {
      expect(() => read({ RUNLEDGER_TRAIL_S3: wrong })).toThrow('RUNLEDGER_TRAIL_S3 must be s3://<bucket>');
    }
    expect(() => read({ ...own, RUNLEDGER_TRAIL_S3_ENDPOINT: 'https://a:b@host' })).toThrow('ENDPOINT must be a URL');
  });

  it('know the version that package.json has', () => {
    expect(programVersion()).toMatch(/^\d+\.\d+\.\d+/);
  });
});
