/** A growing list of SQL conditions with their values. */
export class Conditions {
  private readonly parts: string[] = [];

  constructor(readonly values: unknown[] = []) {}

  /** Begins with what lies in one team, or in one workflow of it. */
  static within(teamId: string, workflowId?: string): Conditions {
    const conditions = new Conditions().add('team_id = ?::uuid', teamId);
    return workflowId === undefined ? conditions : conditions.add('workflow_id = ?::uuid', workflowId);
  }

  /** Adds a condition in which `?` stands for the value. */
  add(condition: string, value: unknown): this {
    this.values.push(value);
    this.parts.push(condition.replace('?', `$${this.values.length}`));
    return this;
  }

  /** An empty list, for another place of the same statement. */
  beside(): Conditions {
    return new Conditions(this.values);
  }

  /** A value outside the conditions, such as a limit: its placeholder. */
  value(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  get sql(): string {
    return this.parts.length > 0 ? this.parts.join(' and ') : 'true';
  }
}

/** PostgreSQL's dates reach further than a query needs to; what lies outside is brought to the edge. */
const earliest = Date.parse('0001-01-01T00:00:00Z');
const latest = Date.UTC(9999, 11, 31);

export function toDate(milliseconds: number): string {
  const date = new Date(Math.min(Math.max(milliseconds, earliest), latest));
  const year = String(date.getUTCFullYear()).padStart(4, '0');
  return year + date.toISOString().slice(date.toISOString().indexOf('-', 1));
}
