const key = 'runledger:team';

/** The team that `/` opens. */
export function lastTeam(): string | null {
  return localStorage.getItem(key);
}

export function rememberTeam(name: string): void {
  localStorage.setItem(key, name);
}
