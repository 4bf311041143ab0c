import {
  type AnchorHTMLAttributes,
  type MouseEvent,
  type ReactNode,
  useCallback,
  useMemo,
  useSyncExternalStore,
} from 'react';

const listeners = new Set<() => void>();
const changed = (): void => listeners.forEach((listener) => listener());
window.addEventListener('popstate', changed);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Path and query of the page. */
export function useAddress(): { readonly path: string; readonly search: string } {
  const address = useSyncExternalStore(subscribe, () => location.pathname + location.search);
  return useMemo(() => {
    const [path = '/', search = ''] = address.split('?', 2);
    return { path, search };
  }, [address]);
}

interface NavigateOptions {
  readonly replace?: boolean;
  /** The paths of the list that the page is opened from, see `openList`. */
  readonly list?: readonly string[];
}

export function navigate(to: string, { replace = false, list = [] }: NavigateOptions = {}): void {
  if (to === location.pathname + location.search) return;
  const isOtherPage = to.split('?', 1)[0] !== location.pathname;
  history[replace ? 'replaceState' : 'pushState'](isOtherPage ? { list } : history.state, '', to);
  if (isOtherPage) window.scrollTo(0, 0);
  changed();
}

/** The list that this page was opened from; empty: it was not opened from one. A reload keeps it. */
export function openList(): readonly string[] {
  return (history.state as { readonly list?: readonly string[] } | null)?.list ?? [];
}

/** The values of a pattern such as `/team/:team/runs`; null if the path does not fit. */
export function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | null {
  const wanted = pattern.split('/');
  const given = path.replace(/\/$/, '').split('/');
  if (wanted.length !== given.length) return null;
  const values: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = given[index] ?? '';
    if (part.startsWith(':')) values[part.slice(1)] = decoded(text);
    else if (part !== text) return null;
  }
  return values;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

type Changes = Readonly<Record<string, string | null>>;

/** The query of the address, and how to change it: null removes. The address is the truth: a reload shows the same. */
export function useSearch(): [URLSearchParams, (changes: Changes, options?: { readonly replace?: boolean }) => void] {
  const { search } = useAddress();
  const params = useMemo(() => new URLSearchParams(search), [search]);
  const change = useCallback((changes: Changes, options?: { readonly replace?: boolean }) => {
    navigate(addressWith(changes), options);
  }, []);
  return [params, change];
}

/** This address with another query. */
export function addressWith(changes: Changes): string {
  const next = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  return text === '' ? location.pathname : `${location.pathname}?${text}`;
}

interface LinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  readonly to: string;
  /** The paths of the list that the link stands in, see `openList`. */
  readonly list?: readonly string[];
  readonly children: ReactNode;
}

/** A link within the dashboard. */
export function Link({ to, list, children, onClick, ...rest }: LinkProps) {
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event);
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !isPlain) return;
    event.preventDefault();
    navigate(to, list && { list });
  };
  return (
    <a href={to} onClick={follow} {...rest}>
      {children}
    </a>
  );
}
