import type { FastifyRequest } from 'fastify';
import type { AccessStore } from '../read/access-store';
import type { TokenState } from '../domain';
import { TokenStrategy } from './token.strategy';

const token = (id: string, more: Partial<TokenState> = {}): TokenState => ({
  id,
  ...{ type: 'global', principal: null, teamId: null, sha256: '', name: null, description: null },
  ...{ permissions: ['**/**'], creationDate: 0, expirationDate: null, revoked: false },
  ...more,
});
const known: Readonly<Record<string, TokenState>> = {
  good: token('good'),
  other: token('other'),
  revoked: token('revoked', { revoked: true }),
  expired: token('expired', { expirationDate: Date.now() - 1 }),
  lasting: token('lasting', { expirationDate: Date.now() + 3_600_000 }),
};
const asked: string[] = [];
const store = {
  findToken: (text: string) => {
    asked.push(text);
    return Promise.resolve(known[text] ?? null);
  },
} as unknown as AccessStore;

async function admitted(headers: Record<string, string>, url = '/api/v2/team', query = {}): Promise<string | false> {
  asked.length = 0;
  const found = await new TokenStrategy(store, { now: () => Date.now() }).validate({
    headers,
    url,
    query,
  } as FastifyRequest);
  return found && found.tokenId;
}

describe('the token of a request', () => {
  it.each<[string, Record<string, string>, string | false]>([
    ['Authorization', { authorization: 'Bearer good' }, 'good'],
    ['any case, spaces about it', { authorization: 'bEARER   good  ' }, 'good'],
    ['x-access-token', { 'x-access-token': 'good' }, 'good'],
    ['another scheme', { authorization: 'Basic good' }, false],
    ['another scheme, and ours beside it', { authorization: 'Basic Z29vZA==', 'x-access-token': 'good' }, 'good'],
    ['two words', { authorization: 'Bearer good other' }, false],
    ['two tokens: the header Authorization first', { authorization: 'Bearer good', 'x-access-token': 'other' }, 'good'],
    ['two tokens, the first unknown', { authorization: 'Bearer who', 'x-access-token': 'other' }, 'other'],
    ['a revoked one', { authorization: 'Bearer revoked' }, false],
    ['an expired one', { authorization: 'Bearer expired' }, false],
    ['an expired one and a good one', { authorization: 'Bearer expired', 'x-access-token': 'good' }, 'good'],
    ['one that lasts', { authorization: 'Bearer lasting' }, 'lasting'],
    ['none', {}, false],
    ['an empty one', { 'x-access-token': '' }, false],
  ])('%s', async (_what, headers, id) => {
    expect(await admitted(headers)).toBe(id);
  });

  it.each([
    ['/api/v2/webhook?access_token=good', 'good'],
    ['/api/v2/event?access_token=good', 'good'],
    ['/api/v2/callback/?access_token=good', 'good'],
    ['/api/v2/team?access_token=good', false],
    ['/api/v2/webhook/more?access_token=good', false],
    ['/api/v1/webhook?access_token=good', false],
  ])('%s', async (url, id) => {
    expect(await admitted({}, url, { access_token: 'good' })).toBe(id);
  });

  it('is not looked up where it is longer than any token, nor twice', async () => {
    expect(await admitted({ 'x-access-token': 'x'.repeat(257) })).toBe(false);
    expect(asked).toEqual([]);
    await admitted({ authorization: 'Bearer who', 'x-access-token': 'who' });
    expect(asked).toEqual(['who']);
  });

  it('given more than once in a query is none', async () => {
    expect(await admitted({}, '/api/v2/webhook', { access_token: ['good', 'good'] })).toBe(false);
  });
});
