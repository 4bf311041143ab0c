/** The most milliseconds that one piece of work may block the event loop. */
const longest = 10;

/** Long work calls `give` between its steps, so that other work can run. */
export class Turns {
  private since = performance.now();

  async give(): Promise<void> {
    if (performance.now() - this.since < longest) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.since = performance.now();
  }
}

/**
 * Lets waiting work go on one piece after the other, with other work in between: for pieces that are long in
 * themselves.
 */
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
