export const actorKinds = ['person', 'token', 'agent', 'run', 'schedule', 'system', 'anonymous'] as const;
export type ActorKind = (typeof actorKinds)[number];

/** What actors with an id begin with, as events name them. */
export const actorPrefixes = ['user', 'token', 'agent', 'run', 'schedule', 'system'] as const;

/** Who did it, as events name it: `user:<id>`, `token:<id>`, `agent:<id>`, `run:<id>` (a task of that run), `schedule:<id>`, `system:<part>`,
 * `anonymous`. */
export interface Actor {
  readonly kind: ActorKind;
  readonly id: string;
}

export function actorFrom(text: string): Actor {
  const at = text.indexOf(':');
  const [start, id] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
  switch (start) {
    case 'user':
      return { kind: 'person', id };
    case 'token':
    case 'agent':
    case 'run':
    case 'schedule':
    case 'system':
      return { kind: start, id };
    case 'anonymous':
      return { kind: 'anonymous', id: '' };
    default:
      return { kind: 'system', id: text };
  }
}
