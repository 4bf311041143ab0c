import type { HistoryEventBody, HistoryPageBody } from '#libs/contracts';
import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { type ApiError, send } from '../../api/client';
import { runPath, withQuery } from '../../api/paths';

/** The most events that a page keeps; a run of 500 tasks makes some 2,000. */
const mostEvents = 10_000;

export interface RunEvents {
  readonly events: readonly HistoryEventBody[];
  /** There are more than the page keeps. */
  readonly isCut: boolean;
}

/** All events of a run, oldest first. Later requests ask only for what is new. */
export function useRunEvents(team: string, run: string): UseQueryResult<RunEvents, ApiError> {
  const client = useQueryClient();
  const path = `${runPath(team, run)}/events`;
  const queryKey = [`${path}#all`];
  return useQuery<RunEvents, ApiError>({
    queryKey,
    queryFn: async ({ signal }) => {
      const events = [...(client.getQueryData<RunEvents>(queryKey)?.events ?? [])];
      let after = events.at(-1)?.position ?? 0;
      while (events.length < mostEvents) {
        const page = await send<HistoryPageBody>(
          { path: withQuery(path, { after: after || undefined, limit: 1000 }) },
          signal,
        );
        events.push(...page.events);
        if (page.next === undefined) return { events, isCut: false };
        after = page.next;
      }
      return { events, isCut: true };
    },
  });
}
