import { RefusedError } from '#libs/kernel';

/** Fields that only exports of version 3 of the reference have, of workflows and of tasks. */
const marks: readonly string[] = [
  'latestRevision',
  'flowTeamId',
  'revisionCount',
  'revisions',
  'currentVersion',
  'nodetype',
  'dag',
];

/**
 * Recognises an export of version 3 and says so, instead of refusing each of its fields.
 * @throws RefusedError BAD_REQUEST
 */
export function refuseOlderExport(body: unknown): void {
  if (body === null || typeof body !== 'object') return;
  if (Array.isArray(body)) {
    // Version 3 exports tasks as a list.
    refuseOlderExport(body[0]);
    return;
  }
  const mark = marks.find((name) => Object.hasOwn(body, name));
  if (mark === undefined) return;
  throw new RefusedError(
    'BAD_REQUEST',
    `This is an export of version 3 of Boomerang Flow (it has the field ${mark}), but this server needs the form of version 4. ` +
      'Import it into Boomerang Flow 4 and export it there, or write it again as docs/workflows.md shows.',
  );
}
