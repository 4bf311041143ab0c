import { getEventListeners } from 'node:events';
import { newId, taskTypes } from '#libs/kernel';
import { type Reach } from '#libs/contracts';
import type { WakeUps } from '#libs/ledger';
import type { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { QueueStore, Scope } from './queue-store';
import { Dispatcher } from './dispatcher';

describe('polls that wait', () => {
  it('cost one look for each queue and each set of teams, however many agents, tokens and task types there are', async () => {
    const looks: string[] = [];
    const store = {
      takeStopping: () => Promise.resolve({ items: [], areOthers: false }),
      ready: ({ key }: Scope, [kind]: readonly string[]) => {
        looks.push(`${kind} ${key}`);
        return Promise.resolve([]);
      },
    };
    const wakeUps = { on: () => () => undefined };
    const dispatcher = new Dispatcher(
      store as unknown as QueueStore,
      {} as CommandBus,
      {} as QueryBus,
      wakeUps as unknown as WakeUps,
    );
    const reach = (id: string, more: string): Reach => ({
      kind: 'team',
      team: { id, name: id },
      permissions: ['taskrun/action', `workflow/${more}`],
      ofInstallation: false,
    });
    const signals: AbortSignal[] = [];
    const polls = Array.from({ length: 300 }, (_, index) => {
      const types = taskTypes.filter((_type, bit) => ((index + 1) >> bit) & 1);
      const agent = { id: newId(), tokenId: newId(), name: 'a', host: 'h', version: null, taskTypes: types };
      const asking = { agent, reach: reach(index % 3 ? 'loud' : 'quiet', `${index}`), limit: 1, origin: {} };
      const queue = index % 2 ? ('tasks' as const) : ('workflows' as const);
      const { signal } = new AbortController();
      signals.push(signal);
      return dispatcher.poll({ ...asking, queue }, 0, signal);
    });
    await Promise.all(polls);
    dispatcher.close();
    // A listener of a combined signal stays in memory as long as the signals, and its answer too.
    expect(signals.flatMap((signal) => getEventListeners(signal, 'abort'))).toEqual([]);
    const passes = looks.filter((each) => each === 'task quiet').length;
    expect(new Set(looks)).toEqual(new Set(['task loud', 'task quiet', 'run loud', 'run quiet']));
    expect(passes).toBeLessThan(5);
    expect(looks.length).toBeLessThanOrEqual(4 * passes + 4);
  });
});
