import type { WorkflowRunBody } from '#libs/contracts';
import type { ReactNode } from 'react';

export type Status = WorkflowRunBody['status'];
export type Hue = 'good' | 'active' | 'bad' | 'hold' | 'idle';

interface Look {
  readonly word: string;
  readonly hue: Hue;
  readonly shape: ReactNode;
}

/** Ten shapes in five hues, so that no status is told by colour alone. 14 × 14. */
export const looks: Readonly<Record<Status | 'approval', Look>> = {
  succeeded: {
    word: 'Succeeded',
    hue: 'good',
    shape: (
      <>
        <circle cx="7" cy="7" r="6" fill="currentColor" stroke="none" />
        <path d="m4.2 7.2 2 2 3.6-4" stroke="var(--bg)" strokeWidth="1.6" />
      </>
    ),
  },
  running: {
    word: 'Running',
    hue: 'active',
    shape: (
      <>
        <circle cx="7" cy="7" r="5.2" opacity="0.3" />
        <path d="M7 1.8A5.2 5.2 0 0 1 12.2 7" strokeWidth="2.2" />
      </>
    ),
  },
  ready: { word: 'Ready', hue: 'active', shape: <path d="M4 2.5 11.5 7 4 11.5Z" strokeLinejoin="round" /> },
  failed: {
    word: 'Failed',
    hue: 'bad',
    shape: (
      <>
        <rect x="1" y="1" width="12" height="12" rx="2" fill="currentColor" stroke="none" />
        <path d="m4.5 4.5 5 5m0-5-5 5" stroke="var(--bg)" strokeWidth="1.6" />
      </>
    ),
  },
  invalid: {
    word: 'Invalid',
    hue: 'bad',
    shape: <path d="M4.6 1.2h4.8l3.4 3.4v4.8l-3.4 3.4H4.6L1.2 9.4V4.6ZM7 4v3.6M7 9.4v.8" />,
  },
  timedout: {
    word: 'Timed out',
    hue: 'bad',
    shape: <path d="M7 1.6a5.4 5.4 0 1 1 0 10.8A5.4 5.4 0 0 1 7 1.6ZM7 4v3.2l2.2 1.4" />,
  },
  waiting: { word: 'Waiting', hue: 'hold', shape: <path d="M4.8 2.5v9M9.2 2.5v9" strokeWidth="2.4" /> },
  approval: {
    word: 'Waits for approval',
    hue: 'hold',
    shape: (
      <path
        d="M4 8V4.2a.9.9 0 0 1 1.8 0V7 2.6a.9.9 0 0 1 1.8 0V7 3.2a.9.9 0 0 1 1.8 0V8.6c0 2.4-1.2 4-3.2 4-2.4 0-3-1.6-4-3.6-.4-.8.8-1.4 1.6-.4Z"
        strokeWidth="1.1"
      />
    ),
  },
  notstarted: { word: 'Not started', hue: 'idle', shape: <circle cx="7" cy="7" r="5.4" strokeDasharray="2.2 2" /> },
  skipped: { word: 'Skipped', hue: 'idle', shape: <path d="m2.5 3.5 3.5 3.5-3.5 3.5M7.5 3.5 11 7l-3.5 3.5" /> },
  cancelled: {
    word: 'Cancelled',
    hue: 'idle',
    shape: <path d="M7 1.6a5.4 5.4 0 1 1 0 10.8A5.4 5.4 0 0 1 7 1.6ZM3.3 3.3l7.4 7.4" />,
  },
};

/** In the order in which a reader looks for them. */
export const statusOrder: readonly Status[] = [
  'running',
  'ready',
  'waiting',
  'notstarted',
  'failed',
  'timedout',
  'invalid',
  'cancelled',
  'succeeded',
  'skipped',
];

export function Shape({ status }: { readonly status: Status | 'approval' }) {
  const { hue, shape } = looks[status];
  return (
    <svg
      className={`shape hue-${hue}`}
      viewBox="0 0 14 14"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      aria-hidden="true"
    >
      {shape}
    </svg>
  );
}

/** `awaitsApproval`: a person has to decide before it goes on. */
export function StatusMark({
  status,
  awaitsApproval = false,
}: {
  readonly status: Status;
  readonly awaitsApproval?: boolean;
}) {
  const shown = awaitsApproval && (status === 'running' || status === 'waiting') ? 'approval' : status;
  const { word, hue } = looks[shown];
  return (
    <span className={`status hue-${hue}`}>
      <Shape status={shown} />
      {word}
    </span>
  );
}

export function isOver(status: Status): boolean {
  return looks[status].hue === 'good' || looks[status].hue === 'bad' || status === 'cancelled' || status === 'skipped';
}

/** Ended in a way that a retry can mend. */
export function isRetryable({ status, phase }: Pick<WorkflowRunBody, 'status' | 'phase'>): boolean {
  return ['failed', 'timedout', 'cancelled', 'invalid'].includes(status) && ['completed', 'finalized'].includes(phase);
}

export function isCancellable({ phase }: Pick<WorkflowRunBody, 'phase'>): boolean {
  return ['pending', 'queued', 'running'].includes(phase);
}
