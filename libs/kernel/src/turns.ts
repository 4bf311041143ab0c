/** Milliseconds for which one piece of work may hold the event loop before others are served. */
const longest = 10;

/** Long work calls `give` between its steps, so that others are served meanwhile. */
export class Turns {
  private since = performance.now();

  async give(): Promise<void> {
    if (performance.now() - this.since < longest) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.since = performance.now();
  }
}

/** Lets those that wait go on one after the other, and others be served in between: for pieces of work that are long in themselves. */
export class OneByOne {
  private last: Promise<void> = Promise.resolve();

  next(): Promise<void> {
    const mine = this.last;
    this.last = mine.then(() => new Promise((resolve) => setImmediate(resolve)));
    return mine;
  }
}

/** The JSON text of a list, made item by item. */
export async function jsonOfList(items: readonly unknown[], turns: Turns): Promise<string> {
  const texts: string[] = [];
  for (const item of items) {
    texts.push(JSON.stringify(item));
    await turns.give();
  }
  return `[${texts.join(',')}]`;
}
