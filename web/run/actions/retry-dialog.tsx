import { useState } from "react";
import { toCounted } from "../../format/numbers.ts";
import { Field, TextInput } from "../../ui/field.tsx";
import { useToast } from "../../ui/toast.tsx";
import { quote } from "../data/as-commands.ts";
import { useRun } from "../run-context.tsx";
import { CommandDialog } from "./command-dialog.tsx";
import { useCommand } from "./use-command.ts";

/** Another attempt of the same run: what completed is kept, what failed is done again. */
export function RetryDialog({ onClose }: { readonly onClose: () => void }) {
  const { run, head } = useRun();
  const [reason, setReason] = useState("");
  const toast = useToast();
  const given = reason.trim() === "" ? {} : { reason: reason.trim() };
  const command = useCommand(
    async (api, idempotencyKey) => api.ask("retry", { params: { run }, body: given, idempotencyKey }),
    ({ attempt, kept }) => {
      toast({ text: `Attempt ${attempt} is asked for; ${toCounted(kept, "result")} are kept.` });
      onClose();
    },
  );
  const { completed, failed } = head.summary;
  return (
    <CommandDialog
      title={`Retry ${head.summary.name}?`}
      about={`Attempt ${head.summary.attempt + 1} of the flow, under the same id.`}
      verb="Retry the run"
      isSending={command.isSending}
      error={command.error}
      onSend={command.send}
      onClose={onClose}
      cli={`millrace retry ${quote(run)}${reason.trim() === "" ? "" : ` --reason ${quote(reason.trim())}`}`}
    >
      <p>
        {toCounted(completed, "completed task")} keep their results; {toCounted(failed, "failed task")} and
        what follows from them are done again.
      </p>
      <Field id="retry-reason" label="Reason" hint="It stands in the history.">
        <TextInput
          id="retry-reason"
          value={reason}
          maxLength={1_000}
          onChange={({ target }) => setReason(target.value)}
        />
      </Field>
    </CommandDialog>
  );
}
