import { LabelCounter } from '#libs/runs';
import type { TestServer } from './harness';

/** Counts runs by these labels from now on, as the server does for labels that many runs carry and somebody asks for. */
export async function countLabels(server: TestServer, team: string, labels: object): Promise<void> {
  await server.pool.query(
    'insert into counted_labels (team_id, labels) select id, $2 from team where name = $1 on conflict do nothing',
    [team, labels],
  );
  await server.server.app.get(LabelCounter).pass();
}
