import { useEffect, useRef, useState } from 'react';
import type { ApiError } from '../../api/client';
import { download } from '../../api/download';
import { withQuery } from '../../api/paths';
import { Curl } from '../../parts/curl';
import { Dialog, type DialogControl } from '../../parts/dialog';
import { notify } from '../../parts/notices';
import { ReasonField } from '../../parts/reason-field';
import { ErrorNote } from '../../parts/states';
import { auditPath, type Filters } from './filters';

const formats = [
  { id: 'jsonl', label: 'JSON Lines', hint: 'an entry on each line', file: 'audit.jsonl' },
  { id: 'csv', label: 'CSV', hint: 'for spreadsheets', file: 'audit.csv' },
  { id: 'ocsf', label: 'OCSF', hint: 'API Activity 1.3, for a SIEM', file: 'audit.ocsf.jsonl' },
] as const;

interface ExportProps {
  readonly team: string | null;
  readonly filters: Filters;
}

/** Everything that fits the filters, oldest first, as a file. The trail records the export. */
export function ExportDialog({ dialog, ...rest }: ExportProps & { readonly dialog: DialogControl }) {
  return (
    <Dialog dialog={dialog} title="Export the trail">
      <Export close={dialog.close} {...rest} />
    </Dialog>
  );
}

function Export({ team, filters, close }: ExportProps & { readonly close: () => void }) {
  const [reason, setReason] = useState('');
  const [bytes, setBytes] = useState<number | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const run = useRef<AbortController | null>(null);
  useEffect(() => () => run.current?.abort(), []);
  const count = Object.keys(filters).length;
  const requestOf = (format: string) => ({
    path: withQuery(auditPath(team, '/export'), { ...filters, format }),
    ...(reason !== '' && { reason }),
  });
  const save = async ({ id, label, file }: (typeof formats)[number]): Promise<void> => {
    const stop = new AbortController();
    run.current = stop;
    setError(null);
    setBytes(0);
    try {
      await download(requestOf(id), file, stop.signal, setBytes);
      notify(`The trail is exported as ${label}.`);
      close();
    } catch (problem) {
      if (!stop.signal.aborted) setError(problem as ApiError);
    } finally {
      setBytes(null);
    }
  };
  return (
    <div className="stack">
      <p>
        Every entry{' '}
        {count === 0 ? 'of the trail' : `that fits the ${count === 1 ? 'filter' : `${count} filters`} of the page`},
        oldest first. The trail records the export before its first line is sent.
      </p>
      <ReasonField value={reason} onChange={setReason} />
      {bytes === null ? (
        <div className="line">
          {formats.map((format) => (
            <button
              key={format.id}
              type="button"
              className="button"
              title={format.hint}
              onClick={() => void save(format)}
            >
              {format.label}
            </button>
          ))}
        </div>
      ) : (
        <p role="status" className="line">
          {(bytes / 1_048_576).toFixed(1)} MiB so far …
          <button type="button" className="button" onClick={() => run.current?.abort()}>
            Stop
          </button>
        </p>
      )}
      <p className="soft small">
        The browser holds the file until it is whole: for more than a gigabyte, use the <code>curl</code> line.
      </p>
      {error && <ErrorNote error={error} />}
      <div className="dialog-end">
        <Curl requests={formats.map(({ id }) => requestOf(id))} />
        <button type="button" className="button" onClick={close}>
          Close
        </button>
      </div>
    </div>
  );
}
