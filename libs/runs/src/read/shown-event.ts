import { type Json, type JsonObject, reservedFields, toTimestamp } from '#libs/kernel';
import type { RecordedEvent } from '#libs/ledger';
import type { ReusedTask, RunParam, WorkflowRunState } from '../domain';
import { maskedOf, type Shown } from './shown';

/** What no answer shows, and what only agents and the server need. */
const hidden: ReadonlySet<string> = new Set([...reservedFields, 'at', 'tokenId', 'plan', 'work', 'bytes']);
/** Fields that are times. */
const times: ReadonlySet<string> = new Set(['until', 'startTime', 'date']);

/** Shows the data of a run's events as other answers show the run: secrets masked, times in the API's format. */
export class ShownEvents {
  private readonly shown: Shown;
  private readonly types: ReadonlyMap<string, string>;

  /** @param state of the run now. */
  constructor(private readonly state: WorkflowRunState) {
    this.shown = maskedOf(state);
    this.types = new Map(state.requestedParams.flatMap(({ name, type }) => (type === undefined ? [] : [[name, type]])));
  }

  text(text: string): string {
    return this.shown.text(text);
  }

  data(event: RecordedEvent): JsonObject {
    const isOfRun = event.type.startsWith('WorkflowRun');
    const data = this.fields(event.data as JsonObject, isOfRun);
    if (event.type !== 'WorkflowRunSubmitted') return data;
    return { ...data, tasks: this.state.plan.map(({ name, type }) => ({ name, type })) };
  }

  private fields(fields: JsonObject, isOfRun: boolean): JsonObject {
    return Object.fromEntries(
      Object.entries(fields).flatMap(([name, value]) =>
        hidden.has(name) ? [] : [[this.shown.text(name), this.field(name, value, isOfRun)]],
      ),
    );
  }

  private field(name: string, value: Json, isOfRun: boolean): Json {
    if (times.has(name) && typeof value === 'number') return toTimestamp(value);
    switch (name) {
      case 'params':
        return (value as unknown as readonly RunParam[]).map((param) => this.param(param, isOfRun));
      case 'overlay':
        return this.fields(value as JsonObject, true);
      case 'reused':
        return Object.fromEntries(
          Object.entries(value as unknown as Readonly<Record<string, ReusedTask>>).map(([task, reused]) => [
            task,
            this.fields(reused as unknown as JsonObject, false),
          ]),
        );
      case 'actioner':
        return this.actioner(value as JsonObject);
      case 'for':
        return this.wait(value as JsonObject);
      default:
        return this.shown.value(value);
    }
  }

  /** What a start adds says no type: the run's own param has it. */
  private param(param: RunParam, isOfRun: boolean) {
    const type = param.type ?? (isOfRun ? this.types.get(param.name) : undefined);
    return this.shown.param(type === undefined ? param : { ...param, type });
  }

  /** Without the address, which results of the task do not show either. */
  private actioner({ email: _email, ...rest }: JsonObject): JsonObject {
    return this.fields(rest, false);
  }

  private wait({ at, ...rest }: JsonObject): JsonObject {
    return this.shown.value({ ...rest, ...(typeof at === 'number' && { at: toTimestamp(at) }) });
  }
}
