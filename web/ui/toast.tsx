import { createContext, type ReactNode, use, useCallback, useEffect, useRef, useState } from "react";
import { IconButton } from "./button.tsx";
import { Icon } from "./icon.tsx";

export interface ToastText {
  readonly text: string;
  readonly isProblem?: boolean;
  readonly action?: ReactNode; // a link to what was made
}

interface Toast extends ToastText {
  readonly id: number;
}

const Context = createContext<(toast: ToastText) => void>(() => undefined);

/** Shows a message for a while, and reads it to those who listen. */
export function useToast(): (toast: ToastText) => void {
  return use(Context);
}

const shownMs = 6_000;
const most = 3;

export function Toasts({ children }: { readonly children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const count = useRef(0);
  const show = useCallback((toast: ToastText) => {
    count.current += 1;
    const id = count.current;
    setToasts((shown) => [...shown.slice(1 - most), { ...toast, id }]);
  }, []);
  const drop = useCallback(
    (id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id)),
    [],
  );
  return (
    <Context value={show}>
      {children}
      <div
        role="region"
        aria-label="Messages"
        aria-live="polite"
        className="pointer-events-none fixed right-3 bottom-16 z-50 flex w-88 max-w-[calc(100vw-1.5rem)] flex-col gap-2 md:bottom-3"
      >
        {toasts.map((toast) => (
          <ToastBox key={toast.id} toast={toast} onDrop={drop} />
        ))}
      </div>
    </Context>
  );
}

function ToastBox({ toast, onDrop }: { readonly toast: Toast; readonly onDrop: (id: number) => void }) {
  const { id, text, isProblem = false, action } = toast;
  useEffect(() => {
    if (isProblem) return; // a problem stays until it was read
    const timer = setTimeout(() => onDrop(id), shownMs);
    return () => clearTimeout(timer);
  }, [id, isProblem, onDrop]);
  return (
    <div className="fade-in pointer-events-auto flex items-start gap-2 rounded-lg border border-line bg-raised p-2 pl-3 shadow-float">
      <span className={isProblem ? "pt-1 text-danger" : "pt-1 text-accent"}>
        <Icon name={isProblem ? "warning" : "check"} size={14} />
      </span>
      <div className="min-w-0 flex-1 py-0.5 break-words">
        {text} {action}
      </div>
      <IconButton icon="close" label="Dismiss" onClick={() => onDrop(id)} />
    </div>
  );
}
