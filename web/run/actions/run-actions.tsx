import { lazy, Suspense, useState } from "react";
import { useKeys } from "../../keys/use-keys.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { Menu, MenuItem } from "../../ui/menu.tsx";
import { useToast } from "../../ui/toast.tsx";
import { useRun } from "../run-context.tsx";
import { allowedOf, type Command } from "./allowed.ts";
import type { ForkPoint } from "./fork-plan.ts";
import { useCommand } from "./use-command.ts";

const CancelDialog = lazy(async () =>
  import("./cancel-dialog.tsx").then(({ CancelDialog }) => ({ default: CancelDialog })),
);
const RetryDialog = lazy(async () =>
  import("./retry-dialog.tsx").then(({ RetryDialog }) => ({ default: RetryDialog })),
);
const HoldDialog = lazy(async () =>
  import("./hold-dialog.tsx").then(({ HoldDialog }) => ({ default: HoldDialog })),
);
const SignalDialog = lazy(async () =>
  import("./signal-dialog.tsx").then(({ SignalDialog }) => ({ default: SignalDialog })),
);
const ForkDialog = lazy(async () =>
  import("./fork-dialog.tsx").then(({ ForkDialog }) => ({ default: ForkDialog })),
);
const LaunchDialog = lazy(async () =>
  import("./launch-dialog.tsx").then(({ LaunchDialog }) => ({ default: LaunchDialog })),
);

type Asked = Exclude<Command, "unblock" | "fork"> | ForkPoint | null;

const fromBegin: ForkPoint = { at: "begin" };

/** What one can do with the run. Looking back, too: the dialogs say that they act on now. */
export function RunActions() {
  const { head, isPast, looking } = useRun();
  const [asked, setAsked] = useState<Asked>(null);
  const allowed = allowedOf(head);
  const fork = (): void => setAsked(isPast ? { at: "event", position: looking().n } : fromBegin);
  const askIf = (command: "retry" | "cancel") => (): void => {
    if (allowed.has(command)) setAsked(command);
  };
  useKeys([
    { keys: "r", does: "retry the run", group: "Run", act: askIf("retry") },
    { keys: "f", does: "fork the run", group: "Run", act: () => allowed.has("fork") && fork() },
    { keys: "c", does: "cancel the run", group: "Run", act: askIf("cancel") },
  ]);
  return (
    <div className="flex items-center gap-1.5">
      {allowed.has("signal") && <SignalButton onClick={() => setAsked("signal")} />}
      {allowed.has("unblock") && <UnblockButton />}
      {allowed.has("resume") && (
        <Button look="primary" icon="launch" onClick={() => setAsked("resume")}>
          Resume
        </Button>
      )}
      {allowed.has("retry") && (
        <Button icon="retry" onClick={() => setAsked("retry")}>
          Retry
        </Button>
      )}
      {allowed.has("fork") && (
        <Button icon="fork" onClick={fork}>
          {isPast ? "Fork from here" : "Fork"}
        </Button>
      )}
      {allowed.has("cancel") && (
        <Button icon="stop" onClick={() => setAsked("cancel")}>
          Cancel
        </Button>
      )}
      <MoreActions allowed={allowed} onAsk={setAsked} />
      <Suspense fallback={null}>
        {asked !== null && <AskedDialog asked={asked} onClose={() => setAsked(null)} />}
      </Suspense>
    </div>
  );
}

/** Where something is waited for: a question to a person stands out. */
function SignalButton({ onClick }: { readonly onClick: () => void }) {
  const { openWaits } = useRun().head;
  if (openWaits.size === 0) return null;
  const isAnswer = [...openWaits.values()].some(({ prompt }) => prompt !== null);
  return (
    <Button look={isAnswer ? "primary" : "plain"} icon="signal" onClick={onClick}>
      {isAnswer ? "Answer" : "Signal"}
    </Button>
  );
}

interface MoreActionsProps {
  readonly allowed: ReadonlySet<Command>;
  readonly onAsk: (asked: Asked) => void;
}

function MoreActions({ allowed, onAsk }: MoreActionsProps) {
  return (
    <Menu trigger={<IconButton icon="more" label="More actions" />}>
      <MenuItem icon="launch" onSelect={() => onAsk("launch")}>
        Launch again…
      </MenuItem>
      <MenuItem icon="fork" isDisabled={!allowed.has("fork")} onSelect={() => onAsk(fromBegin)}>
        Fork with another input…
      </MenuItem>
      <MenuItem icon="signal" isDisabled={!allowed.has("signal")} onSelect={() => onAsk("signal")}>
        Send a signal…
      </MenuItem>
      <MenuItem icon="pause" isDisabled={!allowed.has("pause")} onSelect={() => onAsk("pause")}>
        Pause…
      </MenuItem>
    </Menu>
  );
}

/** The dialog of a command. */
export function AskedDialog({
  asked,
  onClose,
}: {
  readonly asked: NonNullable<Asked>;
  readonly onClose: () => void;
}) {
  switch (asked) {
    case "cancel":
      return <CancelDialog onClose={onClose} />;
    case "retry":
      return <RetryDialog onClose={onClose} />;
    case "pause":
    case "resume":
      return <HoldDialog hold={asked} onClose={onClose} />;
    case "signal":
      return <SignalDialog onClose={onClose} />;
    case "launch":
      return <LaunchDialog onClose={onClose} />;
    default:
      return <ForkDialog point={asked} onClose={onClose} />;
  }
}

function UnblockButton() {
  const { run } = useRun();
  const toast = useToast();
  const command = useCommand(
    async (api, idempotencyKey) => api.ask("unblock", { params: { run }, body: {}, idempotencyKey }),
    () => toast({ text: "The next worker tries it again." }),
  );
  const send = (): void => {
    command.send();
  };
  return (
    <Button icon="launch" disabled={command.isSending} onClick={send} title={command.error?.message}>
      {command.error === null ? "Unblock" : "Unblock (failed)"}
    </Button>
  );
}
