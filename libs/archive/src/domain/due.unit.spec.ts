import { dueBefore } from '.';

const day = 86_400_000;

describe('runs that are due for an archive', () => {
  it('are nobody’s while nobody says so', () => {
    expect(dueBefore(100 * day, {}, {})).toEqual([]);
  });

  it('are those that the team says, else the installation; 0 keeps them', () => {
    const due = dueBefore(100 * day, { failed: 90, cancelled: 0 }, { failed: 1, cancelled: 1, succeeded: 30 });
    expect(due).toEqual([
      { status: 'succeeded', before: 70 * day },
      { status: 'failed', before: 10 * day },
    ]);
  });
});
