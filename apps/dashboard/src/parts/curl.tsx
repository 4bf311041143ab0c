import { type ApiRequest, curlLine } from '../api/client';
import { Copy } from './id';
import { Dialog, useDialog } from './dialog';
import { Icon } from './icon';

/** The requests behind a view, to paste into a shell. */
export function Curl({
  requests,
  label = 'curl',
}: {
  readonly requests: readonly ApiRequest[];
  readonly label?: string;
}) {
  const dialog = useDialog();
  return (
    <>
      <button type="button" className="button plain" title="The requests behind this view" onClick={dialog.open}>
        <Icon name="code" /> {label}
      </button>
      <Dialog dialog={dialog} title="The requests behind this view" isWide>
        <p className="soft">
          Set <code>TOKEN</code> to your token. Everything on this page comes from these.
        </p>
        {requests.map((request) => (
          <div key={`${request.method ?? 'GET'} ${request.path}`} className="line" style={{ flexWrap: 'nowrap' }}>
            <pre className="json" style={{ flex: 1 }}>
              {curlLine(request)}
            </pre>
            <Copy text={curlLine(request)} what="curl line" />
          </div>
        ))}
        <div className="dialog-end">
          <button type="button" className="button" onClick={dialog.close}>
            Close
          </button>
        </div>
      </Dialog>
    </>
  );
}
