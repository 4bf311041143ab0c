import type { ReactNode } from 'react';
import type { ApiError, ApiRequest } from '../api/client';
import { Curl } from './curl';
import { ErrorNote } from './states';

interface FormEndProps {
  /** What the form asks of the server. */
  readonly change: { readonly error: ApiError | null; readonly isPending: boolean };
  /** What it sends, to paste into a shell. */
  readonly requests: readonly ApiRequest[];
  readonly close: () => void;
  /** What the button says that changes nothing. */
  readonly back?: string;
  readonly isDangerous?: boolean;
  readonly isDisabled?: boolean;
  /** Absent: the button submits the form that it stands in. */
  readonly onAct?: () => void;
  /** What the button says that changes something. */
  readonly children: ReactNode;
}

/** The end of a form in a dialog: why it failed, its requests, and the buttons. */
export function FormEnd({
  change: { error, isPending },
  requests,
  close,
  back = 'Back',
  isDangerous = false,
  isDisabled = false,
  onAct,
  children,
}: FormEndProps) {
  return (
    <>
      {error && <ErrorNote error={error} />}
      <div className="dialog-end">
        <Curl requests={requests} />
        <button type="button" className="button" onClick={close}>
          {back}
        </button>
        <button
          type={onAct ? 'button' : 'submit'}
          className={`button ${isDangerous ? 'danger' : 'main'}`}
          disabled={isPending || isDisabled}
          onClick={onAct}
        >
          {children}
        </button>
      </div>
    </>
  );
}
