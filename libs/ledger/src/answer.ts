import type { CommandContext, DomainEvent } from '#libs/kernel';
import type { CommandProcessor } from './command-processor';
import type { StreamCategory } from './stream-category';
import type { CommandRequest, Part, PartOutcome } from './waiting-command';

/**
 * Runs a command and builds its answer. Under an idempotency key, the commit stores the answer, and a repeated request
 * gets it word for word.
 */
export async function executeFor<State, Command, Event extends DomainEvent, Answer>(
  processor: CommandProcessor,
  category: StreamCategory<State, Command, Event>,
  context: CommandContext,
  request: Pick<CommandRequest<Command>, 'streamId' | 'command' | 'about'>,
  shape: (state: State, events: readonly Event[]) => Answer,
): Promise<Answer> {
  const { metadata, receipt } = context;
  if (!receipt) {
    const outcome = await processor.execute(category, { ...request, metadata });
    if ('replayed' in outcome) throw new Error('A command without a key was answered from a receipt');
    return shape(outcome.state, outcome.events);
  }
  const answer = (state: State, events: readonly Event[]) => JSON.stringify(shape(state, events));
  const outcome = await processor.execute(category, { ...request, metadata, receipt, answer });
  return JSON.parse(outcome.answer ?? 'null') as Answer;
}

/**
 * Runs several commands of one category as one: one commit for all, or none. If one is refused, all are. Under an
 * idempotency key, the commit stores the answer to all of them.
 * @param commands at least one; on different streams or on the same, in this order.
 * @param shape gets what each command has made of its stream, in the same order.
 */
export async function executeAllFor<State, Command, Event extends DomainEvent, Answer>(
  processor: CommandProcessor,
  category: StreamCategory<State, Command, Event>,
  { metadata, receipt }: CommandContext,
  commands: readonly Part<Command>[],
  shape: (effects: readonly Effect<State, Event>[]) => Answer,
): Promise<Answer> {
  const [first, ...also] = commands;
  if (!first) throw new Error('There is no command to run');
  if (!receipt) {
    const outcome = await processor.execute(category, { ...first, also, metadata });
    if ('replayed' in outcome) throw new Error('A command without a key was answered from a receipt');
    return shape([outcome, ...outcome.also]);
  }
  const answer = (state: State, events: readonly Event[], others: readonly PartOutcome<State, Event>[]) =>
    JSON.stringify(shape([{ state, events }, ...others]));
  const outcome = await processor.execute(category, { ...first, also, metadata, answer, receipt });
  return JSON.parse(outcome.answer ?? 'null') as Answer;
}

/** What a command has made of its stream. */
export type Effect<State, Event> = Pick<PartOutcome<State, Event>, 'state' | 'events'>;
