import { useState } from "react";
import { toPlainLine } from "../../format/plain-text.ts";
import { Field, TextInput } from "../../ui/field.tsx";
import { useToast } from "../../ui/toast.tsx";
import { quote } from "../data/as-commands.ts";
import { useRun } from "../run-context.tsx";
import { CommandDialog } from "./command-dialog.tsx";
import { useCommand } from "./use-command.ts";

const words = {
  pause: {
    verb: "Pause",
    about: "What is under way ends and is recorded, nothing new begins. Signals are kept.",
    done: "The run stands still until somebody resumes it.",
  },
  resume: {
    verb: "Resume",
    about: "The run goes on where it stands, with the signals that came meanwhile.",
    done: "The next worker goes on with it.",
  },
} as const;

interface HoldDialogProps {
  readonly hold: keyof typeof words;
  readonly onClose: () => void;
}

/** Lets the run stand still, or go on, with a reason. */
export function HoldDialog({ hold, onClose }: HoldDialogProps) {
  const { run, head } = useRun();
  const [typed, setTyped] = useState("");
  const toast = useToast();
  const reason = typed.trim();
  const { verb, about, done } = words[hold];
  const command = useCommand(
    async (api, idempotencyKey) =>
      api.ask(hold, { params: { run }, body: reason === "" ? {} : { reason }, idempotencyKey }),
    () => {
      toast({ text: done });
      onClose();
    },
  );
  const option = reason !== "" ? ` --reason ${quote(reason)}` : "";
  const because = head.pause?.reason ?? null;
  return (
    <CommandDialog
      title={`${verb} ${head.summary.name}?`}
      about={about}
      verb={`${verb} the run`}
      isSending={command.isSending}
      error={command.error}
      onSend={command.send}
      onClose={onClose}
      cli={`millrace ${hold} ${quote(run)}${option}`}
    >
      {hold === "resume" && because !== null && (
        <p className="text-soft">
          Paused because: <bdi>{toPlainLine(because)}</bdi>
        </p>
      )}
      <Field id="hold-reason" label="Reason" hint="It stands in the history.">
        <TextInput
          id="hold-reason"
          value={typed}
          maxLength={1_000}
          onChange={({ target }) => setTyped(target.value)}
        />
      </Field>
    </CommandDialog>
  );
}
