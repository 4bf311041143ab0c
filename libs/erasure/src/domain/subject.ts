import { RefusedError } from '#libs/kernel';

/**
 * The actor that a request names: `user:<id>` and `token:<id>` as the trail has them, `anonymous`, or the id or e-mail
 * address of a person alone.
 * @throws RefusedError BAD_REQUEST naming the field.
 */
export function subjectNamed(given: string): string {
  const text = given.trim();
  if (text === 'anonymous') return text;
  const [, kind = 'user', id = ''] = /^(?:(user|token):)?(.*)$/s.exec(text) ?? [];
  if (id === '' || (kind !== 'token' && /^(agent|run|schedule|system):/.test(id))) {
    throw new RefusedError(
      'BAD_REQUEST',
      'Field subject must be the id or e-mail address of a person, user:<id>, token:<id>, or anonymous.',
    );
  }
  return `${kind}:${id.includes('@') ? id.toLowerCase() : id}`;
}
