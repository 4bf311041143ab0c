import { springPage } from './page';

describe('a page', () => {
  it.each([
    ['the first of three', { page: 0, limit: 2, total: 5 }, { totalPages: 3, first: true, last: false, offset: 0 }],
    ['the last of three', { page: 2, limit: 2, total: 5 }, { totalPages: 3, first: false, last: true, offset: 4 }],
    ['the only one', { page: 0, limit: 2, total: 2 }, { totalPages: 1, first: true, last: true, offset: 0 }],
    ['beyond the last', { page: 7, limit: 2, total: 5 }, { totalPages: 3, first: false, last: true, offset: 14 }],
    ['of nothing', { page: 0, limit: 2, total: 0 }, { totalPages: 0, first: true, last: true, offset: 0 }],
  ])('%s', (_what, window, { offset, ...shown }) => {
    const page = springPage([], window);
    expect(page).toMatchObject({ ...shown, number: window.page, size: 2, totalElements: window.total });
    expect(page.pageable).toMatchObject({ offset, pageNumber: window.page, pageSize: 2 });
  });

  it('tells what it holds', () => {
    expect(springPage(['a'], { page: 0, limit: 2, total: 1 })).toMatchObject({ numberOfElements: 1, empty: false });
    expect(springPage([], { page: 0, limit: 2, total: 0 })).toMatchObject({ numberOfElements: 0, empty: true });
  });

  it('of a whole list is as large as the list, up to its bound', () => {
    const whole = (total: number) => springPage([], { page: 0, limit: 100, total, isWhole: true });
    expect(whole(100)).toMatchObject({ size: 100, totalPages: 1, last: true });
    expect(whole(0)).toMatchObject({ size: 1, totalPages: 0 });
    expect(() => whole(101)).toThrow('The list has 101 items: without limit, at most 100 are returned.');
  });
});
