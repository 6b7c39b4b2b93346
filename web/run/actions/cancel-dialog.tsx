import { useState } from "react";
import { toCounted } from "../../format/numbers.ts";
import { toPlainLine } from "../../format/plain-text.ts";
import { Field, TextInput } from "../../ui/field.tsx";
import { useToast } from "../../ui/toast.tsx";
import { quote } from "../data/as-commands.ts";
import { useRun } from "../run-context.tsx";
import { CommandDialog } from "./command-dialog.tsx";
import { useCommand } from "./use-command.ts";

const shownChildren = 8;

/** Asks the run to end, with a reason; what else ends with it is shown first. */
export function CancelDialog({ onClose }: { readonly onClose: () => void }) {
  const { run, head } = useRun();
  const [reason, setReason] = useState("");
  const toast = useToast();
  const given = reason.trim() === "" ? {} : { reason: reason.trim() };
  const command = useCommand(
    async (api, idempotencyKey) => api.ask("cancel", { params: { run }, body: given, idempotencyKey }),
    ({ outcome }) => {
      toast({ text: outcome === "requested" ? "The flow is told, and ends." : "The run has ended." });
      onClose();
    },
  );
  const children = [...head.children.values()].filter(
    ({ endedAt, closing }) => endedAt === null && closing === null,
  );
  const open = [...head.tasks.values()].filter(({ endedAt, leftAt }) => endedAt === null && leftAt === null);
  return (
    <CommandDialog
      title={`Cancel ${head.summary.name}?`}
      about="The flow is told, may clean up, and ends in state Cancelled. Results that it has stay recorded."
      verb="Cancel the run"
      isDanger
      isSending={command.isSending}
      error={command.error}
      onSend={command.send}
      onClose={onClose}
      cli={`millrace cancel ${quote(run)}${reason.trim() === "" ? "" : ` --reason ${quote(reason.trim())}`}`}
    >
      <Field id="cancel-reason" label="Reason" hint="It stands in the history.">
        <TextInput
          id="cancel-reason"
          value={reason}
          maxLength={1_000}
          onChange={({ target }) => setReason(target.value)}
        />
      </Field>
      <p className="text-soft">{toCounted(open.length, "open task")}.</p>
      {children.length > 0 && (
        <div>
          <p className="font-medium">{toCounted(children.length, "child run")} of it:</p>
          <ul className="list-disc pl-5">
            {children.slice(0, shownChildren).map(({ key, flow, onClose }) => (
              <li key={key}>
                <bdi>{toPlainLine(key)}</bdi> of flow <bdi>{toPlainLine(flow)}</bdi>:{" "}
                {onClose === "cancel" ? "is cancelled too" : "goes on"}
              </li>
            ))}
          </ul>
          {children.length > shownChildren && <p>and {children.length - shownChildren} more</p>}
        </div>
      )}
    </CommandDialog>
  );
}
