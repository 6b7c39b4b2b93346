import { Dialog as Primitive } from "radix-ui";
import type { ReactNode } from "react";
import { IconButton } from "./button.tsx";
import { joinNames } from "./join-names.ts";

interface DialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly about?: string; // one sentence below the title
  readonly isWide?: boolean;
  readonly children: ReactNode;
  readonly actions?: ReactNode; // at the foot, the safe one first
}

/** Asks in front of everything else; Escape closes it, and the focus goes back to where it was. */
export function Dialog({ isOpen, onClose, title, about, isWide = false, children, actions }: DialogProps) {
  return (
    <Primitive.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Primitive.Portal>
        <Primitive.Overlay className="fade-in fixed inset-0 z-40 bg-veil" />
        <Primitive.Content
          {...(about === undefined ? { "aria-describedby": undefined } : {})}
          className={joinNames(
            "fade-in fixed top-[10vh] left-1/2 z-50 flex max-h-[80vh] w-[calc(100vw-2rem)] -translate-x-1/2 flex-col rounded-xl border border-line bg-raised shadow-float",
            isWide ? "max-w-3xl" : "max-w-lg",
          )}
        >
          <header className="flex items-start gap-3 border-b border-line px-4 py-3">
            <div className="min-w-0 flex-1">
              <Primitive.Title className="text-lg font-semibold">{title}</Primitive.Title>
              {about !== undefined && (
                <Primitive.Description className="text-soft">{about}</Primitive.Description>
              )}
            </div>
            <IconButton icon="close" label="Close" onClick={onClose} />
          </header>
          <div className="min-h-0 flex-1 overflow-auto px-4 py-3">{children}</div>
          {actions !== undefined && (
            <footer className="flex justify-end gap-2 border-t border-line px-4 py-3">{actions}</footer>
          )}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
