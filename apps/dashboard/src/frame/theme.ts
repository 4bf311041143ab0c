import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark';

const key = 'runledger:theme';
const system = window.matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

function chosen(): Theme | null {
  const text = localStorage.getItem(key);
  return text === 'light' || text === 'dark' ? text : null;
}

function current(): Theme {
  return chosen() ?? (system.matches ? 'dark' : 'light');
}

/** Follows the system until the user chooses. */
export function applyTheme(): void {
  document.documentElement.dataset['theme'] = current();
  for (const listener of listeners) listener();
}

system.addEventListener('change', applyTheme);

export function useTheme(): [Theme, (theme: Theme) => void] {
  const theme = useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, current);
  const choose = (next: Theme): void => {
    const isSystems = (next === 'dark') === system.matches;
    if (isSystems) localStorage.removeItem(key);
    else localStorage.setItem(key, next);
    applyTheme();
  };
  return [theme, choose];
}
