import { Dialog, type DialogControl } from '../parts/dialog';
import { boundKeys } from './keys';

/** The keys that work on the page that is open. */
export function KeyHelp({ dialog }: { readonly dialog: DialogControl }) {
  return (
    <Dialog dialog={dialog} title="Keys">
      <KeyList />
      <div className="dialog-end">
        <button type="button" className="button" onClick={dialog.close}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

function KeyList() {
  return (
    <dl className="facts">
      {boundKeys().map(({ keys, does }) => (
        <div key={keys} style={{ display: 'contents' }}>
          <dt>
            {keys.split(' ').map((key) => (
              <kbd key={key}>{key.replace('mod+', 'Ctrl ')}</kbd>
            ))}
          </dt>
          <dd>{does}</dd>
        </div>
      ))}
      <dt>
        <kbd>Esc</kbd>
      </dt>
      <dd>Closes what is open</dd>
    </dl>
  );
}
