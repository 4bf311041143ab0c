/** The addresses of the API that pages ask. Each encodes what it is given. */

type QueryValue = string | number | boolean | undefined;

/** Leaves out what is empty. */
export function withQuery(path: string, query: Readonly<Record<string, QueryValue>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = given.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&');
  return text === '' ? path : `${path}?${text}`;
}

export function teamPath(team: string): string {
  return `/api/v2/team/${encodeURIComponent(team)}`;
}

export function runsPath(team: string): string {
  return `${teamPath(team)}/workflowrun`;
}

export function runPath(team: string, run: string): string {
  return `${runsPath(team)}/${encodeURIComponent(run)}`;
}

export function workflowPath(team: string, workflow: string): string {
  return `${teamPath(team)}/workflow/${encodeURIComponent(workflow)}`;
}

export function bulkPath(team: string): string {
  return `${teamPath(team)}/bulk`;
}

export function savedViewsPath(team: string): string {
  return `${teamPath(team)}/view`;
}

/** The page of a bulk job, in the dashboard. */
export function bulkAddress(team: string, job: string): string {
  return `/team/${encodeURIComponent(team)}/runs/bulk/${encodeURIComponent(job)}`;
}
