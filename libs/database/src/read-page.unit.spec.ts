import { maxPageBytes, readPage } from './read-page';

const mebi = 1024 * 1024;

describe('a page of a list', () => {
  const reader = (bytes: number) => {
    const asked: number[] = [];
    const read = (ids: readonly string[]) => {
      asked.push(ids.length);
      return Promise.resolve(ids.toReversed().map((id) => ({ id, bytes })));
    };
    return { asked, read };
  };
  const ids = Array.from({ length: 1000 }, (_, index) => String(index));

  it('comes in the order of its ids, small items in a few reads', async () => {
    const { asked, read } = reader(500);
    expect((await readPage(ids, read)).map(({ id }) => id)).toEqual(ids);
    expect(asked).toEqual([8, 992]);
  });

  it('is refused by name before it is in memory', async () => {
    const { asked, read } = reader(mebi);
    await expect(readPage(ids, read)).rejects.toThrow(`more than ${maxPageBytes} bytes: choose a smaller limit`);
    expect(asked).toEqual([8]);
  });

  it('of one item is never refused', async () => {
    expect(await readPage(['a'], reader(20 * mebi).read)).toHaveLength(1);
  });
});
