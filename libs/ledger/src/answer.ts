import type { CommandContext, DomainEvent } from '#libs/kernel';
import type { CommandProcessor } from './command-processor';
import type { StreamCategory } from './stream-category';
import type { CommandRequest, Part, PartOutcome } from './waiting-command';

/**
 * Runs a command and shapes its answer. Under an idempotency key the shaped answer is kept with the commit, and a repetition
 * gets it word for word.
 */
export async function executeFor<State, Command, Event extends DomainEvent, Answer>(
  processor: CommandProcessor,
  category: StreamCategory<State, Command, Event>,
  context: CommandContext,
  request: Pick<CommandRequest<Command>, 'streamId' | 'command'>,
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
 * Runs several commands of one category as one: all of them in one commit, or none. What refuses one of them refuses all. Under an
 * idempotency key the answer to all of them is kept.
 * @param commands at least one; on different streams or on the same, in this order.
 */
export async function executeAllFor<State, Command, Event extends DomainEvent, Answer>(
  processor: CommandProcessor,
  category: StreamCategory<State, Command, Event>,
  { metadata, receipt }: CommandContext,
  commands: readonly Part<Command>[],
  shape: (states: readonly State[]) => Answer,
): Promise<Answer> {
  const [first, ...also] = commands;
  if (!first) throw new Error('There is no command to run');
  const answer = (state: State, _events: readonly Event[], others: readonly PartOutcome<State, Event>[]) =>
    JSON.stringify(shape([state, ...others.map((each) => each.state)]));
  const outcome = await processor.execute(category, { ...first, also, metadata, answer, ...(receipt && { receipt }) });
  return JSON.parse(outcome.answer ?? 'null') as Answer;
}
