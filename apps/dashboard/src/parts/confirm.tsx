import { type ReactNode, useState } from 'react';
import type { ApiRequest } from '../api/client';
import { useChange } from '../api/use-api';
import { Dialog, type DialogControl } from './dialog';
import { FormEnd } from './form-end';
import { notify } from './notices';
import { ReasonField } from './reason-field';

interface ConfirmProps {
  readonly dialog: DialogControl;
  readonly title: string;
  /** What the button says, such as `Delete`. */
  readonly action: string;
  readonly request: ApiRequest;
  /** Paths that are asked again afterwards. */
  readonly changes: readonly string[];
  /** What is said when it is done. */
  readonly done: string;
  readonly isDangerous?: boolean;
  readonly onDone?: () => void;
  readonly children?: ReactNode;
}

/** Asks before something changes, with a reason that the ledger keeps. */
export function Confirm({ dialog, title, ...rest }: ConfirmProps) {
  return (
    <Dialog dialog={dialog} title={title}>
      <Body close={dialog.close} {...rest} />
    </Dialog>
  );
}

function Body({
  close,
  action,
  request,
  changes,
  done,
  isDangerous = false,
  onDone,
  children,
}: Omit<ConfirmProps, 'dialog' | 'title'> & { readonly close: () => void }) {
  const [reason, setReason] = useState('');
  const change = useChange<unknown>(...changes);
  const whole = { ...request, ...(reason !== '' && { reason }) };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(whole, {
          onSuccess: () => {
            notify(done);
            close();
            onDone?.();
          },
        });
      }}
    >
      {children}
      <ReasonField value={reason} onChange={setReason} />
      <FormEnd change={change} requests={[whole]} close={close} isDangerous={isDangerous}>
        {change.isPending ? 'Working …' : action}
      </FormEnd>
    </form>
  );
}
