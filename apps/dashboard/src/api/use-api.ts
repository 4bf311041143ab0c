import {
  keepPreviousData,
  type QueryClient,
  useMutation,
  type UseMutationResult,
  useQuery,
  useQueryClient,
  type UseQueryResult,
} from '@tanstack/react-query';
import { ApiError, type ApiRequest, send } from './client';

interface ReadOptions {
  /** Milliseconds until the answer is read again by itself; absent: only when something happens. */
  readonly every?: number | false;
  /** Milliseconds during which the answer counts as fresh. */
  readonly freshFor?: number;
}

/**
 * What a GET answers. The path is the key of the cache: `refresh` asks again for all paths that begin alike. null asks
 * nothing. Old data stay on the screen while new ones come.
 */
export function useApi<Body>(
  path: string | null,
  { every, freshFor = 0 }: ReadOptions = {},
): UseQueryResult<Body, ApiError> {
  return useQuery<Body, ApiError>({
    queryKey: [path],
    queryFn: ({ signal }) => send<Body>({ path: path ?? '' }, signal),
    enabled: path !== null,
    staleTime: freshFor,
    ...(every !== undefined && { refetchInterval: every }),
    placeholderData: keepPreviousData,
  });
}

/** Asks again for what is on the screen, of all paths that begin like one of these. */
export function refresh(client: QueryClient, ...beginnings: readonly string[]): Promise<void> {
  return client.invalidateQueries({
    predicate: ({ queryKey: [path] }) =>
      typeof path === 'string' && beginnings.some((beginning) => path.startsWith(beginning)),
  });
}

/** A request that changes something; afterwards, paths that begin like these are asked again. */
export function useChange<Body>(...beginnings: readonly string[]): UseMutationResult<Body, ApiError, ApiRequest> {
  const client = useQueryClient();
  return useMutation<Body, ApiError, ApiRequest>({
    mutationFn: (request) => send<Body>(request),
    onSettled: () => refresh(client, ...beginnings),
  });
}

/** Asks again after passing faults only. */
export function shouldRetry(failures: number, error: Error): boolean {
  const isPassing = error instanceof ApiError && (error.status === 0 || error.status === 503);
  return isPassing && failures < 2;
}
