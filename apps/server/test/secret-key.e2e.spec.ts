import { createLogger } from '#libs/observability';
import { createTestDatabase } from '#libs/testing';
import { createServer } from '../src/create-server';
import { adminToken } from './harness';

describe('the secret key', () => {
  it('must be the one that the database’s secrets are sealed with, or be given beside it', async () => {
    const database = await createTestDatabase();
    const start = (current: number, previous: readonly number[] = []) =>
      createServer({
        databaseUrl: database.url,
        leaseSeconds: 60,
        roles: ['api'],
        adminToken,
        secretKeys: { current: Buffer.alloc(32, current), previous: previous.map((each) => Buffer.alloc(32, each)) },
        logger: createLogger('silent'),
      });
    try {
      const [one, two] = await Promise.allSettled([start(1), start(2)]);
      expect([one.status, two.status].sort()).toEqual(['fulfilled', 'rejected']);
      const won = one.status === 'fulfilled' ? 1 : 2;
      for (const each of [one, two]) if (each.status === 'fulfilled') await each.value.close();
      await expect(start(3)).rejects.toThrow(/RUNLEDGER_SECRET_KEY is not the key/);
      await (await start(3, [won])).close();
      await expect(start(won)).rejects.toThrow(/RUNLEDGER_SECRET_KEY_PREVIOUS/);
    } finally {
      await database.drop();
    }
  });
});
