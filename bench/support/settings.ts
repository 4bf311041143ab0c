/** A number from the environment, for a longer or a shorter run. */
export function setting(name: string, fallback: number): number {
  const text = process.env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name} must be a whole number from 1 on.`);
  return value;
}

/** How often each workload is measured, in turns with the others. Medians are printed. */
export const rounds = setting('BENCH_ROUNDS', 3);

/** How long each measurement of a floor takes. */
export const floorSeconds = setting('BENCH_SECONDS', 4);
