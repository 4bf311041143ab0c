import { isIP } from 'node:net';
import { join } from 'node:path';
import { type FinalStatus, finalStatuses } from '#libs/kernel';
import { z } from 'zod';

const roles = ['api', 'worker'] as const;
export type Role = (typeof roles)[number];

/** The settings cannot be used; `problems` names each problem. Never repeats the value of a secret. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(['The settings are wrong:', ...problems.map((problem) => `  - ${problem}`)].join('\n'));
  }
}

/** The data folder if no setting names one, in the current directory. */
export const usualDataDir = './.runledger';

const whole = (min: number, max: number, fallback: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`)
    .default(fallback);

/** `libs/secrets` distinguishes the two forms and turns them into bytes. */
const secretKey = z
  .string()
  .regex(
    /^([0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}=?)$/,
    'must be 32 bytes as 64 hex digits or base64 (openssl rand -hex 32)',
  );

/** `libs/transparency` reads it. */
const trailKey = z
  .string()
  .regex(
    /^PRIVATE\+KEY\+[^+\s]{1,255}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/,
    'must be PRIVATE+KEY+<name>+<id>+<base64>, as in the file trail-key of a data folder',
  );

/** `90`, or `succeeded=30,failed=90`. */
const retention = z
  .string()
  .default('')
  .transform((text, context) => {
    const all = /^\d{1,5}$/.test(text) ? finalStatuses.map((status) => `${status}=${text}`) : text.split(',');
    const days: Partial<Record<FinalStatus, number>> = {};
    for (const part of text === '' ? [] : all) {
      const [, name, number] = /^\s*([a-z]+)=(\d{1,5})\s*$/.exec(part) ?? [];
      const status = finalStatuses.find((each) => each === name);
      if (status && Number(number) <= 36_500) days[status] = Number(number);
      else {
        const message = `must be days, at most 36500, or a list such as succeeded=30,failed=90 of ${finalStatuses.join(', ')}`;
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }
    }
    return days;
  });

const globalToken = z
  .string()
  .regex(/^bfg_\S{16,200}$/, 'must be bfg_ followed by 16 to 200 characters without spaces');

const databaseUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://')
  .refine((url) => URL.canParse(url), 'must be a URL such as postgres://user:password@host:5432/database');

const environmentSchema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: whole(0, 65_535, 8080),
  DATABASE_URL: databaseUrl.optional(),
  RUNLEDGER_OWNER_URL: databaseUrl.optional(),
  RUNLEDGER_DATABASE_WAIT: whole(0, 3600, 30),
  RUNLEDGER_DATA_DIR: z.string().default(usualDataDir),
  RUNLEDGER_ADMIN_TOKEN: globalToken.optional(),
  RUNLEDGER_AGENT_TOKEN: globalToken.optional(),
  RUNLEDGER_ROLES: z
    .string()
    .default('api,worker')
    .transform((text) => text.split(',').map((role) => role.trim()))
    .pipe(z.array(z.enum(roles, `must be a comma-separated list of ${roles.join(', ')}`)).min(1)),
  RUNLEDGER_SECRET_KEY: secretKey.optional(),
  RUNLEDGER_SECRET_KEY_PREVIOUS: z
    .string()
    .transform((text) => text.split(',').map((key) => key.trim()))
    .pipe(z.array(secretKey))
    .optional(),
  RUNLEDGER_TRUSTED_PROXIES: z
    .string()
    .transform((text) => text.split(',').map((proxy) => proxy.trim()))
    .refine(
      (proxies) => proxies.every(isNetwork),
      'must be a comma-separated list of IP addresses or networks such as 10.0.0.0/8',
    )
    .optional(),
  RUNLEDGER_LEASE_SECONDS: whole(1, 3600, 60),
  RUNLEDGER_READ_SECONDS: whole(1, 30, 10),
  RUNLEDGER_TRAIL_KEY: trailKey.optional(),
  RUNLEDGER_TRAIL_ORIGIN: z
    .string()
    .regex(/^[^+\s]{1,255}$/, 'must be a URL without scheme, spaces and plus signs, such as ledger.example/prod')
    .optional(),
  RUNLEDGER_TRAIL_REASON: z.string().max(1000, 'must have at most 1000 characters').optional(),
  RUNLEDGER_TRAIL_FOLDER: z.string().optional(),
  RUNLEDGER_TRAIL_S3: z
    .string()
    .regex(
      /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w.=-]+)*\/?$/,
      'must be s3://<bucket> or s3://<bucket>/<prefix>, of letters, digits and _ . = - between slashes',
    )
    .optional(),
  RUNLEDGER_TRAIL_S3_ENDPOINT: z
    .string()
    .regex(/^https?:\/\/[^/?#\s@]+\/?$/, 'must be a URL such as https://s3.eu-central-1.amazonaws.com, without a path')
    .optional(),
  RUNLEDGER_TRAIL_S3_LOCK_DAYS: whole(0, 36_500, 0),
  AWS_REGION: z.string().optional(),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_SESSION_TOKEN: z.string().optional(),
  RUNLEDGER_ARCHIVE_FOLDER: z.string().optional(),
  RUNLEDGER_RETENTION: retention,
  RUNLEDGER_TRAIL_POLICY: z.string().optional(),
  RUNLEDGER_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'], 'must be one of debug, info, warn, error, silent')
    .default('info'),
});

/** An IP address, or a network in CIDR notation. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...others] = text.split('/');
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  if (bits === undefined) return most > 0;
  return others.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most;
}

const flags = ['--no-demo', '--no-agent', '--migrate-only', '--new-admin-token', '--help', '--version'] as const;

/** A bucket of S3, or of a store that speaks like it, and who may write into it. */
export interface TrailBucket {
  readonly bucket: string;
  readonly prefix: string;
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Days for which objects are locked; 0: no lock is asked for. */
  readonly lockDays: number;
}

export interface Config {
  readonly host: string;
  readonly port: number;
  /** No setting names the port: if the default port is in use, take any free one. */
  readonly portIsDefault: boolean;
  /** Absent: use an embedded PostgreSQL in the data folder. */
  readonly databaseUrl?: string;
  /** The same database as its owner, who updates the schema; absent: `databaseUrl` does. */
  readonly ownerUrl?: string;
  /** Seconds to wait for the database at start. */
  readonly databaseWait: number;
  readonly dataDir: string;
  readonly adminToken?: string;
  /** A token for agents; it allows only an agent's work. */
  readonly agentToken?: string;
  /** The key that seals passwords; absent: use a key in the data folder. */
  readonly secretKey?: string;
  readonly previousSecretKeys: readonly string[];
  /** Signs the trail; absent: use a key in the data folder. */
  readonly trailKey?: string;
  /** The name of the trail. */
  readonly trailOrigin?: string;
  /** Why it has a new one. */
  readonly trailReason?: string;
  /** A folder that gets what is signed of the trail. */
  readonly trailFolder?: string;
  /** A bucket that gets the same. */
  readonly trailBucket?: TrailBucket;
  /** A folder that gets runs which leave the database; absent: they stay. With the embedded database it is in the data folder. */
  readonly archiveFolder?: string;
  /** Days after which finished runs leave the database where their team has set nothing, by their status. */
  readonly retention: Readonly<Partial<Record<FinalStatus, number>>>;
  /** The file that says who cosigns the trail. */
  readonly trailPolicy?: string;
  readonly roles: readonly Role[];
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  readonly leaseSeconds: number;
  /** Seconds that a statement of a request may take. */
  readonly readSeconds: number;
  readonly logLevel: string;
  readonly demo: boolean;
  readonly agent: boolean;
  /** Update the schema, and exit. */
  readonly migrateOnly: boolean;
  /** Create another administrator's token, print it, and exit. */
  readonly newAdminToken: boolean;
}

const bucketSettings = ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];

function bucketOf(data: z.infer<typeof environmentSchema>): { readonly trailBucket?: TrailBucket } {
  const { RUNLEDGER_TRAIL_S3: place, AWS_REGION: region = '', AWS_SESSION_TOKEN: sessionToken } = data;
  if (place === undefined) return {};
  const [bucket = '', ...prefix] = place.slice('s3://'.length).replace(/\/$/, '').split('/');
  const endpoint = data.RUNLEDGER_TRAIL_S3_ENDPOINT ?? `https://s3.${region}.amazonaws.com`;
  const trailBucket = {
    bucket,
    prefix: prefix.join('/'),
    endpoint: endpoint.replace(/\/$/, ''),
    region,
    accessKeyId: data.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: data.AWS_SECRET_ACCESS_KEY ?? '',
    ...(sessionToken !== undefined && { sessionToken }),
    lockDays: data.RUNLEDGER_TRAIL_S3_LOCK_DAYS,
  };
  return { trailBucket };
}

/**
 * Reads the settings. An empty variable counts as absent.
 * @throws ConfigError with every problem.
 */
export function parseConfig(environment: NodeJS.ProcessEnv, args: readonly string[]): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environmentSchema.safeParse(given);
  const unknown = args.filter((arg) => !flags.some((flag) => flag === arg));
  const isOneToken =
    given['RUNLEDGER_AGENT_TOKEN'] !== undefined && given['RUNLEDGER_AGENT_TOKEN'] === given['RUNLEDGER_ADMIN_TOKEN'];
  const isOwnerAlone = given['RUNLEDGER_OWNER_URL'] !== undefined && given['DATABASE_URL'] === undefined;
  const lacking = given['RUNLEDGER_TRAIL_S3'] === undefined ? [] : bucketSettings.filter((name) => !given[name]);
  const problems = [
    ...lacking.map((name) => `RUNLEDGER_TRAIL_S3 needs ${name}`),
    ...(isOwnerAlone
      ? ['RUNLEDGER_OWNER_URL needs DATABASE_URL: the same database, with the role of the servers']
      : []),
    ...(parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${String(path[0])} ${message}`)),
    ...(isOneToken ? ['RUNLEDGER_AGENT_TOKEN must differ from RUNLEDGER_ADMIN_TOKEN'] : []),
    ...unknown.map((arg) => `unknown flag ${arg}: the flags are ${flags.join(', ')}`),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigError([...new Set(problems)]);
  const { data } = parsed;
  const { RUNLEDGER_ARCHIVE_FOLDER: archives, DATABASE_URL: url } = data;
  const archiveFolder = archives ?? (url === undefined ? join(data.RUNLEDGER_DATA_DIR, 'archive') : undefined);
  return {
    host: data.HOST,
    port: data.PORT,
    portIsDefault: given['PORT'] === undefined,
    ...(data.DATABASE_URL !== undefined && { databaseUrl: data.DATABASE_URL }),
    ...(data.RUNLEDGER_OWNER_URL !== undefined && { ownerUrl: data.RUNLEDGER_OWNER_URL }),
    databaseWait: data.RUNLEDGER_DATABASE_WAIT,
    dataDir: data.RUNLEDGER_DATA_DIR,
    ...(data.RUNLEDGER_ADMIN_TOKEN !== undefined && { adminToken: data.RUNLEDGER_ADMIN_TOKEN }),
    ...(data.RUNLEDGER_SECRET_KEY !== undefined && { secretKey: data.RUNLEDGER_SECRET_KEY }),
    previousSecretKeys: data.RUNLEDGER_SECRET_KEY_PREVIOUS ?? [],
    ...(data.RUNLEDGER_AGENT_TOKEN !== undefined && { agentToken: data.RUNLEDGER_AGENT_TOKEN }),
    ...(data.RUNLEDGER_TRAIL_KEY !== undefined && { trailKey: data.RUNLEDGER_TRAIL_KEY }),
    ...(data.RUNLEDGER_TRAIL_ORIGIN !== undefined && { trailOrigin: data.RUNLEDGER_TRAIL_ORIGIN }),
    ...(data.RUNLEDGER_TRAIL_REASON !== undefined && { trailReason: data.RUNLEDGER_TRAIL_REASON }),
    ...(data.RUNLEDGER_TRAIL_FOLDER !== undefined && { trailFolder: data.RUNLEDGER_TRAIL_FOLDER }),
    ...(data.RUNLEDGER_TRAIL_POLICY !== undefined && { trailPolicy: data.RUNLEDGER_TRAIL_POLICY }),
    ...bucketOf(data),
    ...(archiveFolder !== undefined && { archiveFolder }),
    retention: data.RUNLEDGER_RETENTION,
    roles: data.RUNLEDGER_ROLES,
    trustedProxies: data.RUNLEDGER_TRUSTED_PROXIES ?? [],
    leaseSeconds: data.RUNLEDGER_LEASE_SECONDS,
    readSeconds: data.RUNLEDGER_READ_SECONDS,
    logLevel: data.RUNLEDGER_LOG_LEVEL,
    demo: !args.includes('--no-demo'),
    agent: !args.includes('--no-agent'),
    migrateOnly: args.includes('--migrate-only'),
    newAdminToken: args.includes('--new-admin-token'),
  };
}
