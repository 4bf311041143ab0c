import { type Clock, CLOCK, type CommandMetadata } from '#libs/kernel';
import { CommandProcessor } from '#libs/ledger';
import { Inject, Injectable } from '@nestjs/common';
import type { Attempt } from '../domain';
import { attemptsCategory, attemptsIdOf } from './attempts-category';

/** Attempts of one actor in one team that are recorded one by one within a minute; more are counted. */
export const maxAttemptsPerMinute = 60;
const minute = 60_000;
/** Actors and teams whose attempts are counted at once; all others share one budget. */
const maxCounted = 1000;

interface Window {
  readonly teamId: string | null;
  readonly actor: string;
  readonly since: number;
  recorded: number;
  /** By the name of the refusal's code. */
  readonly beyond: Map<string, number>;
}

/** Records refused attempts in the ledger, off the way of the answer. */
@Injectable()
export class AttemptRecorder {
  private readonly windows = new Map<string, Window>();
  private readonly underWay = new Set<Promise<void>>();
  private onError: (error: unknown) => void = () => undefined;

  constructor(
    private readonly processor: CommandProcessor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Hears of attempts that could not be recorded. */
  listen(onError: (error: unknown) => void): void {
    this.onError = onError;
  }

  record(teamId: string | null, attempt: Attempt, metadata: CommandMetadata): void {
    const now = this.clock.now();
    const own = `${teamId ?? ''} ${metadata.actor}`;
    const isKnown = this.windows.has(own) || this.windows.size < maxCounted;
    const [key, of, actor] = isKnown ? [own, teamId, metadata.actor] : ['', null, 'system:audit'];
    let window = this.windows.get(key);
    if (!window || now - window.since >= minute) {
      if (window) this.summarise(window, now);
      this.windows.set(key, (window = { teamId: of, actor, since: now, recorded: 0, beyond: new Map() }));
    }
    if (window.recorded >= maxAttemptsPerMinute) {
      window.beyond.set(attempt.refusal, (window.beyond.get(attempt.refusal) ?? 0) + 1);
      return;
    }
    window.recorded++;
    this.send({ type: 'RecordAttempt', teamId, now, attempt }, metadata);
  }

  /** Records the counts of minutes that are over; of all of them at a shutdown. */
  summariseOld(isEnd = false): void {
    const now = this.clock.now();
    for (const [key, window] of this.windows) {
      if (!isEnd && now - window.since < minute) continue;
      this.windows.delete(key);
      this.summarise(window, now);
    }
  }

  /** Resolves when everything that was recorded is stored, or lost. */
  async settled(): Promise<void> {
    this.summariseOld(true);
    await Promise.all(this.underWay);
  }

  private summarise({ teamId, actor, since, beyond }: Window, now: number): void {
    if (beyond.size === 0) return;
    const counts = [...beyond].map(([refusal, count]) => ({ refusal, count }));
    this.send({ type: 'SummariseAttempts', teamId, now, from: since, counts }, { actor });
  }

  private send(command: Parameters<typeof attemptsCategory.decider.decide>[1], metadata: CommandMetadata): void {
    const sent = this.processor
      .execute(attemptsCategory, { streamId: attemptsIdOf(command.teamId), command, metadata })
      .then(
        () => undefined,
        (error: unknown) => this.onError(error),
      )
      .finally(() => this.underWay.delete(sent));
    this.underWay.add(sent);
  }
}
