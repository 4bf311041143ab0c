import { type ReactNode, useState } from 'react';
import type { ApiRequest } from '../../api/client';
import { useChange } from '../../api/use-api';
import { Dialog, type DialogControl } from '../../parts/dialog';
import { FormEnd } from '../../parts/form-end';
import { notify } from '../../parts/notices';
import { ReasonField } from '../../parts/reason-field';

interface FormDialogProps {
  readonly dialog: DialogControl;
  readonly title: string;
  readonly action: string;
  readonly done: string;
  readonly request: ApiRequest;
  /** The request as the curl line shows it, where it holds a secret. */
  readonly shownRequest?: ApiRequest;
  /** Paths that are asked again afterwards. */
  readonly changes: readonly string[];
  readonly children: ReactNode;
}

/** Fields, a reason, and one request. */
export function FormDialog({ dialog, title, ...rest }: FormDialogProps) {
  return (
    <Dialog dialog={dialog} title={title}>
      <Body close={dialog.close} {...rest} />
    </Dialog>
  );
}

type BodyProps = Omit<FormDialogProps, 'dialog' | 'title'> & { readonly close: () => void };

function Body({ close, action, done, request, shownRequest, changes, children }: BodyProps) {
  const [reason, setReason] = useState('');
  const change = useChange<unknown>(...changes);
  const why = reason === '' ? {} : { reason };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(
          { ...request, ...why },
          {
            onSuccess: () => {
              notify(done);
              close();
            },
          },
        );
      }}
    >
      {children}
      <ReasonField value={reason} onChange={setReason} />
      <FormEnd change={change} requests={[{ ...(shownRequest ?? request), ...why }]} close={close}>
        {change.isPending ? 'Saving …' : action}
      </FormEnd>
    </form>
  );
}
