/** What the index of the trail is asked for; hashes as `hashOf` makes them. */
export interface Wanted {
  /** Null: every team, and what belongs to none. */
  readonly teams: readonly string[] | null;
  readonly actions: readonly string[] | undefined;
  readonly actors: readonly string[] | undefined;
  readonly hasReason: boolean;
  readonly isRefused: boolean | undefined;
}

/** The columns that an index of `audit_entry` begins with, before the position, and the values to look under. */
export interface Way {
  readonly columns: readonly ('team_id' | 'action' | 'actor')[];
  /** Each key has a value for each column. */
  readonly keys: readonly (readonly string[])[];
  /** Only rows with a reason: partial indexes. */
  readonly hasReason: boolean;
  readonly rest: Wanted;
}

/** Keys that are looked under side by side at most: beyond that, the way is one with fewer. */
const maxKeys = 1000;
/** Rows of the index that one look takes at most, over all keys; at least `leastRows` under each. */
const maxRows = 5000;
const leastRows = 50;

/**
 * The index that leads to few rows: people do less than happens in a team, and a rare action is rarer than all of a team. What the way leaves out is
 * looked for among the rows that it finds, of which there is a bound.
 */
export function wayAlong(wanted: Wanted): Way {
  const { teams, actions, actors, hasReason } = wanted;
  const way = (columns: Way['columns'], keys: Way['keys'], partly = false) => ({
    columns,
    keys,
    hasReason: partly,
    rest: wanted,
  });
  const ways = [
    ...(actors
      ? [
          way(
            ['actor'],
            actors.map((actor) => [actor]),
          ),
        ]
      : []),
    ...(actions && teams
      ? [
          way(
            ['team_id', 'action'],
            teams.flatMap((team) => actions.map((each) => [team, each])),
          ),
        ]
      : []),
    ...(actions
      ? [
          way(
            ['action'],
            actions.map((action) => [action]),
          ),
        ]
      : []),
    ...(teams
      ? [
          way(
            ['team_id'],
            teams.map((team) => [team]),
            hasReason,
          ),
        ]
      : []),
  ];
  return ways.find(({ keys }) => keys.length <= maxKeys) ?? way([], [[]], hasReason);
}

/** Begins the transaction of a look: a bitmap would take all rows of a key, of which the planner cannot know how many there are. */
export const beginInOrder = 'begin read only; set local enable_bitmapscan = off; set local enable_seqscan = off';

const types = { team_id: 'uuid', action: 'bigint', actor: 'bigint' } as const;

/** The statement that looks under each key, in the order of positions, and `size`: how many rows it looks at if there are so many. */
export function lookUp(
  { columns, keys, hasReason, rest }: Way,
  range: { readonly after: number; readonly before: number },
  order: 'ASC' | 'DESC',
  step: number,
): { readonly sql: string; readonly values: unknown[]; readonly size: number } {
  const filters = restOf(rest, columns, hasReason);
  const most = Math.max(leastRows, Math.floor(maxRows / Math.max(keys.length, 1)));
  const size = filters.length === 0 ? Math.min(step, most) : most;
  const values: unknown[] = [range.after, range.before, size, step];
  const value = (each: unknown) => `$${values.push(each)}`;
  const lists = columns.map((column, place) => `${value(keys.map((key) => key[place]))}::${types[column]}[]`);
  const source = columns.length > 0 ? `unnest(${lists.join(', ')}) as k(${columns.join(', ')})` : '(select) as k';
  const same = columns.map((column) => `e.${column} = k.${column} and`).join(' ');
  const left = filters.map(([condition, list]) => condition.replace('?', value(list))).join(' and ') || 'true';
  return {
    size,
    values,
    sql: `with looked as materialized (
  select r.* from ${source} cross join lateral (
    select e.* from audit_entry e where ${same} e.position > $1 and e.position < $2 ${hasReason ? 'and e.has_reason' : ''}
     order by e.position ${order} limit $3) as r
   order by r.position ${order} limit $3)
select array(select position from looked where ${left} order by position ${order} limit $4) as positions,
       (select count(*)::int from looked) as rows, (select ${order === 'ASC' ? 'max' : 'min'}(position) from looked) as last`,
  };
}

/** What the way does not say, as conditions with their values. */
function restOf({ teams, actions, actors, hasReason, isRefused }: Wanted, columns: Way['columns'], isPartial: boolean) {
  const filters: (readonly [condition: string, value: unknown])[] = [];
  if (teams && !columns.includes('team_id')) filters.push(['team_id = any(?::uuid[])', teams]);
  if (actions && !columns.includes('action')) filters.push(['action = any(?::bigint[])', actions]);
  if (actors && !columns.includes('actor')) filters.push(['actor = any(?::bigint[])', actors]);
  if (hasReason && !isPartial) filters.push(['has_reason = ?', true]);
  if (isRefused !== undefined) filters.push(['is_refused = ?', isRefused]);
  return filters;
}
