import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { RunRow } from "../../src/server/contract/runs.ts";
import type { ApiClient } from "../api/client.ts";
import { useApi } from "../api/context.tsx";
import { toCounted } from "../format/numbers.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import { type BulkAction, Sample } from "./bulk-dialog.tsx";

interface ChosenDialogProps {
  readonly rows: readonly RunRow[];
  readonly action: BulkAction;
  readonly onClose: () => void;
  readonly onDone: () => void; // every command was carried out
}

interface Refusal {
  readonly row: RunRow;
  readonly message: string;
}

/** Cancels or retries the runs that were chosen, one after the other, and says which of them refused. */
export function ChosenDialog({ rows, action, onClose, onDone }: ChosenDialogProps) {
  const [reason, setReason] = useState("");
  const { command, through } = useOneByOne({ rows, action, reason, onDone });
  const verb = action === "cancel" ? "Cancel" : "Retry";
  return (
    <Dialog isOpen onClose={onClose} title={`${verb} ${toCounted(rows.length, "run")}`}>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          command.mutate();
        }}
      >
        <Sample rows={rows.slice(0, 5)} count={rows.length} />
        <Field
          id="chosen-reason"
          label="Reason"
          hint="Recorded with the command, for those who read it later."
        >
          <TextInput
            id="chosen-reason"
            value={reason}
            onChange={({ target }) => setReason(target.value)}
            maxLength={1000}
          />
        </Field>
        {command.isPending && (
          <p role="status">
            {through} of {rows.length}
          </p>
        )}
        <Refusals refusals={command.data ?? []} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{command.data === undefined ? "Keep them" : "Close"}</Button>
          {command.data === undefined && (
            <Button
              type="submit"
              look={action === "cancel" ? "danger" : "primary"}
              disabled={command.isPending}
            >
              {verb}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}

interface OneByOneOptions {
  readonly rows: readonly RunRow[];
  readonly action: BulkAction;
  readonly reason: string;
  readonly onDone: () => void;
}

function useOneByOne({ rows, action, reason, onDone }: OneByOneOptions) {
  const api = useApi();
  const queries = useQueryClient();
  const [through, setThrough] = useState(0);
  const command = useMutation({
    mutationFn: async () => {
      const refusals: Refusal[] = [];
      for (const row of rows) {
        const message = await carryOut(api, action, row.run, reason);
        if (message !== null) refusals.push({ row, message });
        setThrough((count) => count + 1);
      }
      return refusals;
    },
    onSuccess: async (refusals) => {
      await queries.invalidateQueries({ queryKey: ["runs"] });
      if (refusals.length === 0) onDone();
    },
  });
  return { command, through };
}

function Refusals({ refusals }: { readonly refusals: readonly Refusal[] }) {
  if (refusals.length === 0) return null;
  return (
    <ul role="alert" className="text-danger">
      {refusals.map(({ row, message }) => (
        <li key={row.run}>
          <bdi className="font-medium">{row.name}</bdi>: {message}
        </li>
      ))}
    </ul>
  );
}

/** Why it was refused; null = it was not. */
async function carryOut(
  api: ApiClient,
  action: BulkAction,
  run: string,
  reason: string,
): Promise<string | null> {
  const body = { reason: reason === "" ? null : reason };
  try {
    await (action === "cancel"
      ? api.ask("cancel", { params: { run }, body })
      : api.ask("retry", { params: { run }, body }));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
