/** Set by `npm run test:long`. */
const isLong = process.env['RUNLEDGER_TEST'] === 'long';

/**
 * How often a test repeats what chance or a kill decides.
 * @param few in `npm test`, which is to be quick.
 * @param many in `npm run test:long`, which CI runs as well.
 */
export function repetitions(few: number, many: number): number {
  return isLong ? many : few;
}
