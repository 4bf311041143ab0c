import { useEffect, useState } from 'react';
import { ApiError, refuse, sessionHeaders } from '../../api/client';
import { type Piece, piecesOf, plain } from '../../parts/ansi';

/** The most lines that a page keeps: those at the end. */
export const mostLines = 100_000;

export interface Log {
  readonly lines: readonly (readonly Piece[])[];
  /** Lines before the first one that is kept. */
  readonly dropped: number;
  readonly isOver: boolean;
  readonly error: ApiError | null;
}

const empty: Log = { lines: [], dropped: 0, isOver: false, error: null };

export function logPath(taskRunId: string, follow: boolean): string {
  return `/api/v2/taskrun/${encodeURIComponent(taskRunId)}/log?follow=${follow}`;
}

/** The output of a task. `follow`: what comes is added until the task ends. */
export function useLog(taskRunId: string, follow: boolean): Log {
  const [log, setLog] = useState<Log>(empty);
  useEffect(() => {
    const stop = new AbortController();
    setLog(empty);
    void read(taskRunId, follow, stop.signal, setLog);
    return () => stop.abort();
  }, [taskRunId, follow]);
  return log;
}

async function read(taskRunId: string, follow: boolean, signal: AbortSignal, onLog: (log: Log) => void): Promise<void> {
  let lines: (readonly Piece[])[] = [];
  let dropped = 0;
  let style = plain;
  let rest = '';
  let scheduled = 0;
  const show = (isOver: boolean, error: ApiError | null = null): void => {
    cancelAnimationFrame(scheduled);
    if (!signal.aborted) onLog({ lines, dropped, isOver, error });
  };
  const add = (text: string): void => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    const next = [...lines];
    for (const part of parts) {
      const parsed = piecesOf(part, style);
      style = parsed.style;
      next.push(parsed.pieces);
    }
    lines = next.length > mostLines ? next.slice(-mostLines) : next;
    dropped += next.length - lines.length;
  };
  try {
    const response = await fetch(logPath(taskRunId, follow), { headers: sessionHeaders, signal });
    if (!response.ok || !response.body) await refuse(response);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      add(value);
      // At most once for each frame, however many chunks come.
      cancelAnimationFrame(scheduled);
      scheduled = requestAnimationFrame(() => show(false));
    }
    if (rest !== '') add('\n');
    show(true);
  } catch (error) {
    if (signal.aborted) return;
    show(
      true,
      error instanceof ApiError
        ? error
        : new ApiError(0, 0, 'NO_ANSWER', 'The log was cut off: the server does not answer.', null),
    );
  }
}
