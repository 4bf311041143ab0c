import { isTimeZone } from './time';

/** A year, in ms: the longest sleep, and the longest wait for a lock. */
const year = 31_536_000_000;

/** Units of the param futurePeriod, in ms; months follow the calendar. */
export const futurePeriods = { minutes: 60_000, hours: 3_600_000, days: 86_400_000, weeks: 7 * 86_400_000 } as const;

/** The rule for a param of a system task. */
interface ParamRule {
  readonly name: string;
  /** Another name of the param, used if the first is absent. */
  readonly otherName?: string;
  /** Whether an empty or missing value is wrong too. */
  readonly isNeeded?: true;
  readonly fits: (value: unknown) => boolean;
  /** The whole sentence for the user. */
  readonly problem: string;
}

const workflowRef: ParamRule = {
  name: 'workflowRef',
  isNeeded: true,
  fits: isText,
  problem: 'Param workflowRef must be the name or id of a workflow of the team.',
};

const rules: Readonly<Record<string, readonly ParamRule[]>> = {
  decision: [
    {
      name: 'value',
      isNeeded: true,
      fits: () => true,
      problem: 'Param value is missing: set it to the value to decide on.',
    },
  ],
  setwfproperty: [
    {
      name: 'output',
      isNeeded: true,
      fits: isText,
      problem: 'Param output must be the name of the run result to set.',
    },
  ],
  setwfstatus: [
    {
      name: 'status',
      isNeeded: true,
      fits: (value) => runStatusOf(value) !== null,
      problem: 'Param status must be succeeded or failed (completed and failure are accepted too).',
    },
  ],
  sleep: [
    {
      name: 'duration',
      isNeeded: true,
      fits: within(0, year),
      problem: `Param duration must be a number of milliseconds from 0 to ${year} (a year).`,
    },
  ],
  approval: [
    {
      name: 'numberOfApprovers',
      otherName: 'numberOfApprovals',
      fits: within(1, 100),
      problem: 'Param numberOfApprovers must be a whole number from 1 to 100.',
    },
    {
      name: 'approverGroupId',
      fits: isText,
      problem: "Param approverGroupId must be the id or name of one of the team's approver groups.",
    },
  ],
  manual: [
    {
      name: 'instructions',
      isNeeded: true,
      fits: (value) => typeof value === 'string' && value.trim() !== '',
      problem: 'Param instructions must say what to do.',
    },
  ],
  eventwait: [
    { name: 'topic', isNeeded: true, fits: isText, problem: 'Param topic must be the topic of the event to wait for.' },
  ],
  acquirelock: [
    {
      name: 'key',
      isNeeded: true,
      fits: (value) => isText(value) && value.length <= 256,
      problem: 'Param key must be the name of the lock, 1 to 256 characters.',
    },
    {
      name: 'timeout',
      fits: within(1, year),
      problem: `Param timeout must be a number of milliseconds from 1 to ${year} (a year).`,
    },
  ],
  releaselock: [{ name: 'key', isNeeded: true, fits: isText, problem: 'Param key must be the name of the lock.' }],
  runworkflow: [
    workflowRef,
    { name: 'wait', fits: (value) => booleanOf(value) !== null, problem: 'Param wait must be true or false.' },
  ],
  runscheduledworkflow: [
    workflowRef,
    {
      name: 'futureIn',
      isNeeded: true,
      fits: within(0, 100_000),
      problem: 'Param futureIn must be a whole number from 0 to 100000.',
    },
    {
      name: 'futurePeriod',
      isNeeded: true,
      fits: (value) => value === 'months' || (isText(value) && Object.hasOwn(futurePeriods, value)),
      problem: `Param futurePeriod must be one of ${Object.keys(futurePeriods).join(', ')}, months.`,
    },
    {
      name: 'time',
      fits: (value) => isText(value) && /^([01]?\d|2[0-3]):[0-5]\d$/.test(value),
      problem: 'Param time must be a time of day as HH:mm, such as 09:30.',
    },
    {
      name: 'timezone',
      fits: (value) => isText(value) && isTimeZone(value),
      problem: 'Param timezone must be a time zone of the IANA database, such as Europe/Berlin.',
    },
  ],
};

/**
 * What is wrong with the params of a system task: one sentence each; none for tasks of agents.
 * @param valueOf the param's value; undefined if there is none, or if it is not known yet and so cannot be wrong.
 * @param isOpen whether the value of a param is not known yet.
 */
export function systemParamProblems(
  type: string,
  valueOf: (name: string) => unknown,
  isOpen: (value: unknown) => boolean = () => false,
): string[] {
  return (rules[type] ?? []).flatMap(({ name, otherName, isNeeded, fits, problem }) => {
    const value = valueOf(name) ?? (otherName === undefined ? undefined : valueOf(otherName));
    if (isOpen(value)) return [];
    const isMissing = value === undefined || value === null || (value === '' && !isNeeded);
    return (isMissing ? isNeeded !== true : fits(value)) ? [] : [problem];
  });
}

/** The status of a setwfstatus task; also accepts the reference's older words. */
export function runStatusOf(value: unknown): 'succeeded' | 'failed' | null {
  if (value === 'succeeded' || value === 'completed') return 'succeeded';
  return value === 'failed' || value === 'failure' ? 'failed' : null;
}

/** False if nothing is given; null for anything else. */
export function booleanOf(value: unknown): boolean | null {
  if (value === undefined || value === '' || value === false || value === 'false') return false;
  return value === true || value === 'true' ? true : null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** A whole number, or its digits, within the bounds. */
function within(min: number, max: number) {
  return (value: unknown): boolean => {
    const isNumber = typeof value === 'number' || (typeof value === 'string' && /^\s*\d{1,15}\s*$/.test(value));
    const number = isNumber ? Number(value) : NaN;
    return Number.isInteger(number) && number >= min && number <= max;
  };
}
