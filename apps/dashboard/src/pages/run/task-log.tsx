import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState } from 'react';
import { sessionHeaders } from '../../api/client';
import { useKeys } from '../../frame/keys';
import { Icon } from '../../parts/icon';
import { ErrorNote } from '../../parts/states';
import type { Piece } from '../../parts/ansi';
import { logPath, useLog } from './use-log';

const lineHeight = 18;

interface TaskLogProps {
  readonly taskRunId: string;
  readonly name: string;
  /** The task still writes. */
  readonly isOpen: boolean;
}

/** What a task has written: it follows, searches, wraps, and downloads the whole. */
export function TaskLog({ taskRunId, name, isOpen }: TaskLogProps) {
  // A log that was followed to its end is not read again.
  const [follow] = useState(isOpen);
  const { lines, dropped, isOver, error } = useLog(taskRunId, follow);
  const [wanted, setWanted] = useState('');
  const [hit, setHit] = useState(0);
  const [wraps, setWraps] = useState(false);
  const [sticks, setSticks] = useState(true);
  const box = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const hits = useMemo(() => {
    const needle = wanted.toLowerCase();
    if (needle === '') return [];
    return lines.flatMap((pieces, index) => (textOf(pieces).toLowerCase().includes(needle) ? [index] : []));
  }, [lines, wanted]);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => lineHeight,
    overscan: 20,
  });
  const current = hits[Math.min(hit, hits.length - 1)];
  useEffect(() => {
    if (current !== undefined) rows.scrollToIndex(current, { align: 'center' });
  }, [current]);
  useEffect(() => {
    if (sticks && wanted === '' && lines.length > 0) rows.scrollToIndex(lines.length - 1, { align: 'end' });
  }, [lines.length, sticks]);
  useKeys([{ keys: 's', does: 'Search the log', run: () => search.current?.focus() }]);
  const step = (by: number): void => setHit((now) => (hits.length === 0 ? 0 : (now + by + hits.length) % hits.length));
  return (
    <section className="log" aria-label={`Log of ${name}`}>
      <div className="line tight">
        <input
          ref={search}
          type="search"
          aria-label="Search the log"
          placeholder="Search   s"
          value={wanted}
          onChange={(event) => {
            setWanted(event.target.value);
            setHit(0);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
            if (event.key === 'Escape') search.current?.blur();
          }}
        />
        <span className="small soft" role="status">
          {wanted === ''
            ? `${(lines.length + dropped).toLocaleString('en')} line${lines.length === 1 ? '' : 's'}`
            : hits.length === 0
              ? 'nothing found'
              : `${Math.min(hit, hits.length - 1) + 1} of ${hits.length}`}
        </span>
        <label className="line tight small">
          <input type="checkbox" checked={wraps} onChange={(event) => setWraps(event.target.checked)} /> wrap
        </label>
        {!isOver && (
          <label className="line tight small">
            <input type="checkbox" checked={sticks} onChange={(event) => setSticks(event.target.checked)} /> follow
          </label>
        )}
        <button type="button" className="button plain" onClick={() => void download(taskRunId, name)}>
          <Icon name="down" /> Download
        </button>
      </div>
      {error && <ErrorNote error={error} />}
      {dropped > 0 && (
        <p className="small soft">The first {dropped.toLocaleString('en')} lines are only in the download.</p>
      )}
      {/* A scroll box takes keys only if it takes the focus. */}
      <div
        ref={box}
        className={`log-lines${wraps ? ' wraps' : ''}`}
        style={lines.length < 16 && !wraps ? { height: (lines.length + 1) * lineHeight + 8 } : {}}
        tabIndex={0}
        role="region"
        aria-label={`Lines of ${name}`}
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          const isAtEnd = scrollTop + clientHeight >= scrollHeight - 2 * lineHeight;
          if (isAtEnd !== sticks && isAtEnd) setSticks(true);
        }}
        onWheel={({ deltaY }) => deltaY < 0 && setSticks(false)}
      >
        {lines.length === 0 ? (
          <p className="soft">{isOver ? 'It wrote nothing.' : 'Nothing yet …'}</p>
        ) : (
          <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
            {rows.getVirtualItems().map(({ index, start }) => (
              <div
                key={index}
                ref={wraps ? rows.measureElement : undefined}
                data-index={index}
                className={`log-line${index === current ? ' hit' : ''}`}
                style={{ transform: `translateY(${start}px)` }}
              >
                <span className="log-number">{index + 1 + dropped}</span>
                <span>
                  <Line pieces={lines[index] ?? []} wanted={wanted} />
                </span>
              </div>
            ))}
          </div>
        )}
      </div>
    </section>
  );
}

function textOf(pieces: readonly Piece[]): string {
  return pieces.map(({ text }) => text).join('');
}

function Line({ pieces, wanted }: { readonly pieces: readonly Piece[]; readonly wanted: string }) {
  return pieces.map(({ text, styles }, index) => (
    <span key={index} className={styles.map((style) => `ansi-${style}`).join(' ')}>
      {wanted === '' ? text : marked(text, wanted)}
    </span>
  ));
}

function marked(text: string, wanted: string) {
  const found = text.toLowerCase().indexOf(wanted.toLowerCase());
  if (found < 0) return text;
  return (
    <>
      {text.slice(0, found)}
      <mark>{text.slice(found, found + wanted.length)}</mark>
      {text.slice(found + wanted.length)}
    </>
  );
}

/** As it was written, with its escape sequences. */
async function download(taskRunId: string, name: string): Promise<void> {
  const response = await fetch(logPath(taskRunId, false), { headers: sessionHeaders });
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name.replace(/[^\w.-]/g, '_')}.log`;
  link.click();
  URL.revokeObjectURL(url);
}
