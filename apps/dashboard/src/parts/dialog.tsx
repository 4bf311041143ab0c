import { type ReactNode, useCallback, useEffect, useId, useMemo, useRef, useState } from 'react';

export interface DialogControl {
  readonly isOpen: boolean;
  readonly open: () => void;
  readonly close: () => void;
}

export function useDialog(): DialogControl {
  const [isOpen, setOpen] = useState(false);
  const open = useCallback(() => setOpen(true), []);
  const close = useCallback(() => setOpen(false), []);
  return useMemo(() => ({ isOpen, open, close }), [isOpen, open, close]);
}

interface DialogProps {
  readonly dialog: DialogControl;
  readonly title: string;
  readonly isWide?: boolean;
  readonly hasHiddenTitle?: boolean;
  readonly children: ReactNode;
}

/** The browser's own dialog: it keeps the focus inside, and gives it back. Its contents live while it is open. */
export function Dialog({ dialog: { isOpen, close }, ...rest }: DialogProps) {
  return isOpen ? <OpenDialog onClose={close} {...rest} /> : null;
}

function OpenDialog({
  onClose,
  title,
  isWide = false,
  hasHiddenTitle = false,
  children,
}: Omit<DialogProps, 'dialog'> & { readonly onClose: () => void }) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const shown = element.current;
    const before = document.activeElement;
    shown?.showModal();
    return () => {
      shown?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      className={isWide ? 'wide' : ''}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div>
        <h2 id={id} className={hasHiddenTitle ? 'hidden-name' : ''}>
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  );
}
