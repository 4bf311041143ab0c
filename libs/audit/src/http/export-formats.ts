import type { AuditEntryBody } from '#libs/contracts';
import type { ExportFormat } from '../application/export-audit.handler';

export const mediaTypes: Readonly<Record<ExportFormat, string>> = {
  jsonl: 'application/jsonl; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  ocsf: 'application/jsonl; charset=utf-8',
};

/** The lines of an export, each with its end. */
export async function* linesOf(entries: AsyncIterable<AuditEntryBody>, format: ExportFormat): AsyncGenerator<string> {
  if (format === 'csv') yield csvLine(columns.map(([name]) => name));
  for await (const entry of entries) {
    if (format === 'csv') yield csvLine(columns.map(([, value]) => value(entry)));
    else yield `${JSON.stringify(format === 'ocsf' ? toOcsf(entry) : entry)}\n`;
  }
}

type Column = readonly [name: string, value: (entry: AuditEntryBody) => string | number | undefined];

const columns: readonly Column[] = [
  ['position', ({ position }) => position],
  ['time', ({ time }) => time],
  ['outcome', ({ outcome }) => outcome],
  ['action', ({ action }) => action],
  ['actorKind', ({ actor }) => actor.kind],
  ['actorId', ({ actor }) => actor.id],
  ['actorName', ({ actor }) => actor.name],
  ['tokenId', ({ token }) => token?.id],
  ['tokenName', ({ token }) => token?.name],
  ['teamId', ({ team }) => team?.id],
  ['teamName', ({ team }) => team?.name],
  ['objectKind', ({ object }) => object.kind],
  ['objectId', ({ object }) => object.id],
  ['objectName', ({ object }) => object.name],
  ['reason', ({ reason }) => reason],
  ['requestId', ({ requestId }) => requestId],
  ['commandId', ({ commandId }) => commandId],
  ['causationId', ({ causationId }) => causationId],
  ['address', ({ address }) => address],
  ['userAgent', ({ userAgent }) => userAgent],
  ['traceparent', ({ traceparent }) => traceparent],
  ['server', ({ server }) => server],
  ['events', ({ events }) => events.map(({ type }) => type).join(' ')],
  ['details', ({ details }) => details && JSON.stringify(details)],
];

/** RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe. */
function csvLine(values: readonly (string | number | undefined)[]): string {
  const cells = values.map((value) => {
    const text = value === undefined ? '' : String(value);
    const harmless = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
  });
  return `${cells.join(',')}\r\n`;
}

/** Activities of OCSF's class API Activity. */
const activities = { create: 1, read: 2, update: 3, delete: 4, other: 99 } as const;

function activityOf(action: string): number {
  if (/^(Create|Submit|Request)/.test(action)) return activities.create;
  if (/^Export/.test(action)) return activities.read;
  if (/^(Delete|Remove|Revoke)/.test(action)) return activities.delete;
  if (/^(Record|Summarise)Attempt/.test(action)) return activities.other;
  return activities.update;
}

const userTypes = { person: 1, token: 99, agent: 99, run: 3, schedule: 3, system: 3, anonymous: 0 } as const;

/** Of an attempt also what was tried. */
function httpRequestOf({ userAgent, details }: AuditEntryBody): { readonly http_request?: Record<string, unknown> } {
  const { method, route } = details ?? {};
  const request = {
    ...(userAgent !== undefined && { user_agent: userAgent }),
    ...(method !== undefined && { http_method: method }),
    ...(route !== undefined && { url: { path: route } }),
  };
  return Object.keys(request).length > 0 ? { http_request: request } : {};
}

/** The entry as an event of the Open Cybersecurity Schema Framework 1.3: class API Activity (6003). */
function toOcsf(entry: AuditEntryBody): Record<string, unknown> {
  const { actor, object, team, token } = entry;
  const activity = activityOf(entry.action);
  const refused = entry.outcome === 'refused';
  const [server, version] = entry.server?.split('/') ?? [];
  return {
    class_uid: 6003,
    class_name: 'API Activity',
    category_uid: 6,
    category_name: 'Application Activity',
    activity_id: activity,
    type_uid: 600_300 + activity,
    time: Date.parse(entry.time),
    severity_id: refused ? 2 : 1,
    status_id: refused ? 2 : 1,
    ...(entry.details?.['refusal'] !== undefined && { status_code: entry.details['refusal'] }),
    ...(entry.reason !== undefined && { message: entry.reason }),
    actor: {
      user: {
        uid: actor.id || actor.kind,
        type_id: userTypes[actor.kind],
        type: actor.kind,
        ...(actor.name !== undefined && { name: actor.name }),
        ...(token && { credential_uid: token.id }),
      },
    },
    api: {
      operation: entry.action,
      service: { name: 'Runledger' },
      ...(entry.requestId !== undefined && { request: { uid: entry.requestId } }),
    },
    ...(entry.address !== undefined && { src_endpoint: { ip: entry.address } }),
    ...(server !== undefined && { dst_endpoint: { uid: server, svc_name: 'Runledger' } }),
    ...httpRequestOf(entry),
    resources: [
      {
        uid: object.id,
        type: object.kind,
        ...(object.name !== undefined && { name: object.name }),
        ...(team && { group: { uid: team.id, ...(team.name !== undefined && { name: team.name }) } }),
      },
    ],
    metadata: {
      version: '1.3.0',
      product: { name: 'Runledger', vendor_name: 'Runledger', ...(version !== undefined && { version }) },
      uid: entry.commandId,
      sequence: entry.position,
      ...(entry.causationId !== undefined && { correlation_uid: entry.causationId }),
    },
    ...(entry.traceparent !== undefined && { unmapped: { traceparent: entry.traceparent } }),
  };
}
