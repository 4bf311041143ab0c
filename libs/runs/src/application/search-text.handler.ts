import { QueryHandler } from '#libs/bus';
import { type ReachInTeam, type TextMatchBody, type TextSearchBody, type WorkflowRunBody } from '#libs/contracts';
import { readViewLag } from '#libs/ledger';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { labelMatches, type SearchText, snippetOf } from '../domain';
import { findRunTexts, readFoundResults, type TextRequest } from '../read/find-run-texts';
import { loadRunSummaries } from '../read/load-run-summaries';
import { toRunBody } from '../read/run-body';
import { withoutSealed } from '../read/shown';
import { namedIn } from './named-in-run';
import { RunCommander } from './run-commander';
import { RunNames } from './run-names';

/** Matches that are shown of one run. */
const mostMatches = 5;

export class SearchRunTexts extends Query<TextSearchBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly request: TextRequest,
  ) {
    super();
  }
}

@QueryHandler(SearchRunTexts)
export class SearchRunTextsHandler implements IQueryHandler<SearchRunTexts> {
  constructor(
    private readonly pool: Pool,
    private readonly commander: RunCommander,
    private readonly names: RunNames,
  ) {}

  async execute({ reach, request }: SearchRunTexts): Promise<TextSearchBody> {
    const { position, lag } = await readViewLag(this.pool, 'search');
    const { ids, hasMore } = await findRunTexts(this.pool, reach, request);
    const [summaries, found] = await Promise.all([loadRunSummaries(this.pool, ids), readFoundResults(this.pool, ids)]);
    const names = await this.names.of(reach, summaries.map(namedIn));
    const now = this.commander.clock.now();
    const results = summaries.map((state) => {
      const run = toRunBody(state, now, { names });
      // Runs are found by the names that their workflows had then.
      const { name, displayName } = state.workflow;
      return { run, matches: matchesOf(request.wanted, run, [name, displayName], found.get(run.id) ?? []) };
    });
    const next = hasMore ? ids.at(-1) : undefined;
    return { results, ...(next !== undefined && { next }), position, lag };
  }
}

/** Why the run was found, as answers show it. */
function matchesOf(
  { words, idBeginning }: SearchText,
  { id, labels, statusMessage }: WorkflowRunBody,
  names: readonly string[],
  results: readonly { readonly task: string; readonly name: string; readonly value: string }[],
): TextMatchBody[] {
  const matches: TextMatchBody[] = [];
  const add = (field: TextMatchBody['field'], snippet: string | null, name?: string): void => {
    if (snippet !== null) matches.push({ field, ...(name !== undefined && { name }), snippet });
  };
  // Of a task's id, the end differs.
  if (idBeginning !== null && id.replaceAll('-', '').startsWith(idBeginning.slice(0, 28))) add('id', id);
  add('workflow', snippetOf([...new Set(names)].join(' · '), words));
  for (const [key, value] of Object.entries(labels)) if (labelMatches(key, value, words)) add('label', value, key);
  add('statusMessage', snippetOf(withoutSealed(statusMessage ?? ''), words));
  for (const { task, name, value } of results) add('result', snippetOf(`${name} ${value}`, words), `${task}.${name}`);
  return matches.slice(0, mostMatches);
}
