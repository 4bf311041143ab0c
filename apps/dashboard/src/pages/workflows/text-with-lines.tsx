import { type RefObject, useMemo, useRef } from 'react';

interface TextWithLinesProps {
  readonly ref: RefObject<HTMLTextAreaElement | null>;
  readonly label: string;
  readonly value: string;
  readonly isReadOnly: boolean;
  readonly badLines: readonly number[];
  readonly describedBy: string;
  readonly onChange: (value: string) => void;
}

/** A text area with the numbers of its lines; Tab leaves it, as keyboards expect. */
export function TextWithLines({ ref, label, value, isReadOnly, badLines, describedBy, onChange }: TextWithLinesProps) {
  const gutter = useRef<HTMLDivElement>(null);
  const count = value.split('\n').length;
  const bad = badLines.join(',');
  const numbers = useMemo(() => {
    const marked = new Set(bad.split(',').map(Number));
    const parts: { readonly text: string; readonly isBad: boolean }[] = [];
    for (let line = 1; line <= count; line++) {
      const last = parts.at(-1);
      const isBad = marked.has(line);
      if (last && !isBad && !last.isBad) parts[parts.length - 1] = { text: `${last.text}${line}\n`, isBad };
      else parts.push({ text: `${line}\n`, isBad });
    }
    return parts;
  }, [count, bad]);
  return (
    <div className="text-with-lines">
      <div className="numbers" ref={gutter} aria-hidden="true">
        {numbers.map(({ text, isBad }) => (isBad ? <b key={text}>{text}</b> : <span key={text}>{text}</span>))}
      </div>
      <textarea
        ref={ref}
        aria-label={label}
        aria-invalid={badLines.length > 0}
        aria-describedby={describedBy}
        value={value}
        readOnly={isReadOnly}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        wrap="off"
        onChange={(event) => onChange(event.target.value)}
        onScroll={(event) => {
          if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
        }}
      />
    </div>
  );
}
