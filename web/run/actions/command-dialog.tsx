import type { ReactNode } from "react";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ErrorState } from "../../ui/notices.tsx";
import { useRun } from "../run-context.tsx";

interface CommandDialogProps {
  readonly title: string;
  readonly about?: string;
  readonly verb: string; // on the button that does it
  readonly isDanger?: boolean;
  readonly isReady?: boolean;
  readonly isSending: boolean;
  readonly error: Error | null;
  readonly cli: string; // the same as a command line
  readonly onSend: () => void;
  readonly onClose: () => void;
  readonly children?: ReactNode;
}

/** Asks before a command, shows the same as a command line, and says what went wrong. */
export function CommandDialog(props: CommandDialogProps) {
  const { title, about, verb, isDanger = false, isReady = true, isSending, error, cli } = props;
  const { isPast } = useRun();
  return (
    <Dialog
      isOpen
      isWide
      onClose={props.onClose}
      title={title}
      {...(about === undefined ? {} : { about })}
      actions={
        <>
          <Button onClick={props.onClose}>Leave it</Button>
          <Button
            look={isDanger ? "danger" : "primary"}
            disabled={!isReady || isSending}
            onClick={props.onSend}
          >
            {isSending ? "Sending…" : verb}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {isPast && (
          <p className="rounded bg-warn-wash px-2 py-1">
            You are viewing the past; this acts on the run as it is now.
          </p>
        )}
        {props.children}
        {error !== null && <ErrorState what="It was not done" error={error} />}
        <p className="flex items-center gap-1 text-xs text-soft">
          <code className="min-w-0 flex-1 truncate rounded bg-sunken px-1.5 py-1 font-mono">{cli}</code>
          <CopyButton text={cli} label="Copy the command line" />
        </p>
      </div>
    </Dialog>
  );
}
