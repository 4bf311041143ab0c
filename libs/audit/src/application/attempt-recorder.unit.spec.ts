import type { CommandProcessor, CommandRequest } from '#libs/ledger';
import type { AttemptsCommand } from '../domain';
import { AttemptRecorder, maxAttemptsPerMinute } from './attempt-recorder';
import { attemptsIdOf } from './attempts-category';

const attempt = { method: 'GET', route: '/x', status: 401, code: 401, refusal: 'UNAUTHORIZED' };

describe('refused attempts', () => {
  let now: number;
  let sent: { readonly streamId: string; readonly command: AttemptsCommand }[];
  let actors: string[];
  let recorder: AttemptRecorder;
  beforeEach(() => {
    now = 1_000_000;
    sent = [];
    actors = [];
    const execute = (_category: unknown, { streamId, command, metadata }: CommandRequest<AttemptsCommand>) => {
      sent.push({ streamId, command });
      actors.push(metadata.actor);
      return Promise.resolve({});
    };
    recorder = new AttemptRecorder({ execute } as unknown as CommandProcessor, { now: () => now });
  });
  const tryTimes = (times: number, teamId: string | null = 'team', refusal = 'UNAUTHORIZED') => {
    for (let n = 0; n < times; n++) recorder.record(teamId, { ...attempt, refusal }, { actor: 'anonymous' });
  };
  const kinds = () => sent.map(({ command }) => command.type);

  it('are recorded one by one up to the bound of a minute, and counted beyond it', async () => {
    tryTimes(maxAttemptsPerMinute + 5);
    tryTimes(2, 'team', 'PERMISSION_DENIED');
    expect(kinds()).toEqual(Array(maxAttemptsPerMinute).fill('RecordAttempt'));
    recorder.summariseOld();
    expect(sent).toHaveLength(maxAttemptsPerMinute);
    now += 60_000;
    recorder.summariseOld();
    expect(sent.at(-1)).toMatchObject({
      streamId: attemptsIdOf('team'),
      command: {
        type: 'SummariseAttempts',
        from: 1_000_000,
        counts: [
          { refusal: 'UNAUTHORIZED', count: 5 },
          { refusal: 'PERMISSION_DENIED', count: 2 },
        ],
      },
    });
    tryTimes(1);
    expect(kinds().at(-1)).toBe('RecordAttempt');
    await recorder.settled();
  });

  it('are summarised when the next minute begins, before anybody looks', () => {
    tryTimes(maxAttemptsPerMinute + 1);
    now += 60_000;
    tryTimes(1);
    expect(kinds().slice(-2)).toEqual(['SummariseAttempts', 'RecordAttempt']);
  });

  it('are bounded for each team apart', () => {
    tryTimes(maxAttemptsPerMinute + 1, 'one');
    tryTimes(1, 'two');
    tryTimes(1, null);
    expect(sent.slice(-2).map(({ streamId }) => streamId)).toEqual([attemptsIdOf('two'), attemptsIdOf(null)]);
  });

  it('are bounded for each actor apart, and counted under that actor', () => {
    tryTimes(maxAttemptsPerMinute + 1);
    recorder.record('team', attempt, { actor: 'user:ada' });
    expect(kinds().at(-1)).toBe('RecordAttempt');
    recorder.summariseOld(true);
    expect(actors.at(-1)).toBe('anonymous');
  });

  it('are counted at a shutdown', async () => {
    tryTimes(maxAttemptsPerMinute + 3);
    await recorder.settled();
    expect(sent.at(-1)?.command).toMatchObject({ counts: [{ count: 3 }] });
  });

  it('that are lost are told', async () => {
    const lost: unknown[] = [];
    const away = new Error('away');
    const failing = new AttemptRecorder({ execute: () => Promise.reject(away) } as unknown as CommandProcessor, {
      now: () => now,
    });
    failing.listen((error) => lost.push(error));
    failing.record(null, attempt, { actor: 'anonymous' });
    await failing.settled();
    expect(lost).toEqual([away]);
  });
});
