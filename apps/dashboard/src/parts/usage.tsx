interface UsageProps {
  readonly name: string;
  readonly used: number;
  /** null: there is none. */
  readonly limit: number | null;
  readonly note?: string;
}

/** How much of a limit is used, as a bar and in numbers. */
export function Usage({ name, used, limit, note }: UsageProps) {
  if (limit === null) {
    return (
      <div className="usage">
        <span>{name}</span>
        <span>
          <b>{used.toLocaleString('en')}</b>, no limit
        </span>
        {note !== undefined && <span className="soft small">{note}</span>}
      </div>
    );
  }
  const part = limit > 0 ? used / limit : 0;
  const hue = part >= 1 ? 'bad' : part >= 0.8 ? 'hold' : 'good';
  return (
    <div className="usage">
      <span>{name}</span>
      <span className={part >= 0.8 ? `hue-${hue}` : ''}>
        <b>{used.toLocaleString('en')}</b> of {limit.toLocaleString('en')}
        {part >= 1 && ' – full'}
      </span>
      <meter
        aria-label={name}
        className={`meter-${hue}`}
        min={0}
        max={Math.max(1, limit)}
        value={Math.min(used, limit)}
      />
      {note !== undefined && <span className="soft small">{note}</span>}
    </div>
  );
}
