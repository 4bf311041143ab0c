import type { Sample } from './meter';

/** Samples of each workload, one per round. */
export class Samples {
  private readonly all = new Map<string, Sample[]>();

  add(workload: string, sample: Sample): void {
    this.all.set(workload, [...this.of(workload), sample]);
  }

  of(workload: string): readonly Sample[] {
    return this.all.get(workload) ?? [];
  }

  rates(workload: string): readonly number[] {
    return this.of(workload).map(({ rate }) => rate);
  }
}

/** The samples of commands that came one kind after the other, as one: every command counts the same. */
export function together(samples: readonly Sample[]): Sample {
  const sum = (pick: (sample: Sample) => number) => samples.reduce((total, each) => total + pick(each), 0);
  const count = sum((each) => each.count);
  const seconds = sum((each) => each.seconds);
  return {
    count,
    seconds,
    rate: count / seconds,
    nodeMicros: sum((each) => each.nodeMicros * each.count) / count,
    postgresMicros: sum((each) => each.postgresMicros * each.count) / count,
    loadShare: sum((each) => each.loadShare * each.seconds) / seconds,
  };
}
