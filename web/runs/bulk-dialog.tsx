import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { AnswerOf } from "../../src/server/contract/routes.ts";
import type { RunRow } from "../../src/server/contract/runs.ts";
import { useApi } from "../api/context.tsx";
import { toCounted } from "../format/numbers.ts";
import { Button } from "../ui/button.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import { ErrorState, Skeleton } from "../ui/notices.tsx";
import { StateBadge } from "../ui/state-mark.tsx";
import { OperationProgress } from "./operation-progress.tsx";

export type BulkAction = "cancel" | "retry";

interface BulkDialogProps {
  readonly q: string; // every run that matches
  readonly action: BulkAction;
  readonly onClose: () => void;
}

type Preview = Extract<AnswerOf<"bulk">, { kind: "preview" }>;

const sureFrom = 20; // runs, from which on a cancellation has to be meant

/** Cancels or retries every run that a query finds: first shows how many, some of them, and the same as a command. */
export function BulkDialog({ q, action, onClose }: BulkDialogProps) {
  const api = useApi();
  const [reason, setReason] = useState("");
  const preview = useQuery({
    queryKey: ["bulk", q, action],
    queryFn: async () => api.ask("bulk", { body: { q, action, dryRun: true } }),
    gcTime: 0, // a preview is of now
  });
  const start = useMutation({
    mutationFn: async () =>
      api.ask("bulk", { body: { q, action, dryRun: false, reason: reason === "" ? null : reason } }),
  });
  const verb = action === "cancel" ? "Cancel" : "Retry";
  const shown = preview.data?.kind === "preview" ? preview.data : null;
  return (
    <Dialog isOpen onClose={onClose} title={`${verb} every run that matches`} isWide>
      {preview.isPending && <Skeleton rows={5} />}
      {preview.isError && (
        <ErrorState what="The preview failed" error={preview.error} onRetry={() => void preview.refetch()} />
      )}
      {start.isError && <ErrorState what={`${verb} was not begun`} error={start.error} />}
      {start.data?.kind === "operation" && <OperationProgress begun={start.data} />}
      {shown !== null && start.data === undefined && (
        <Ask
          preview={shown}
          action={action}
          reason={reason}
          onReason={setReason}
          isBusy={start.isPending}
          onStart={() => start.mutate()}
        />
      )}
    </Dialog>
  );
}

interface AskProps {
  readonly preview: Preview;
  readonly action: BulkAction;
  readonly reason: string;
  readonly onReason: (reason: string) => void;
  readonly isBusy: boolean;
  readonly onStart: () => void;
}

function Ask({ preview, action, reason, onReason, isBusy, onStart }: AskProps) {
  const [typed, setTyped] = useState("");
  const { count, exact, sample, cli, request } = preview;
  const mustType = action === "cancel" && count >= sureFrom;
  if (count === 0)
    return (
      <p>
        No run that matches is in a state in which it can be {action === "cancel" ? "cancelled" : "retried"}.
      </p>
    );
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        onStart();
      }}
    >
      <p className="text-lg font-semibold">
        {exact ? "" : "at least "}
        {toCounted(count, "run")}
      </p>
      <Sample rows={sample} count={count} />
      <Field id="bulk-reason" label="Reason" hint="Recorded with every command.">
        <TextInput
          id="bulk-reason"
          value={reason}
          onChange={({ target }) => onReason(target.value)}
          maxLength={1000}
        />
      </Field>
      <Code title="The same on the command line" text={cli} />
      <Code title="The same as a request" text={request} />
      {mustType && (
        <Field id="bulk-sure" label={`Type ${count} to say that you mean it`}>
          <TextInput
            id="bulk-sure"
            inputMode="numeric"
            value={typed}
            onChange={({ target }) => setTyped(target.value)}
          />
        </Field>
      )}
      <div className="flex justify-end">
        <Button
          type="submit"
          look={action === "cancel" ? "danger" : "primary"}
          disabled={isBusy || (mustType && typed.trim() !== String(count))}
        >
          {action === "cancel" ? "Cancel" : "Retry"} {toCounted(count, "run")}
        </Button>
      </div>
    </form>
  );
}

export function Sample({ rows, count }: { readonly rows: readonly RunRow[]; readonly count: number }) {
  return (
    <ul className="rounded-md border border-line">
      {rows.map(({ run, name, flow, state, stateName }) => (
        <li key={run} className="flex gap-3 border-b border-line px-2 py-1 last:border-0">
          <StateBadge state={state} name={stateName} className="w-28" />
          <bdi className="min-w-0 flex-1 truncate font-medium">{name}</bdi>
          <bdi className="truncate text-soft">{flow}</bdi>
        </li>
      ))}
      {count > rows.length && (
        <li className="px-2 py-1 text-soft">and {toCounted(count - rows.length, "more", "more")}</li>
      )}
    </ul>
  );
}

function Code({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <div>
      <p className="text-xs text-faint">{title}</p>
      <div className="flex items-start gap-1 rounded-md bg-sunken py-0.5 pl-2">
        <code className="min-w-0 flex-1 py-1 font-mono text-xs break-all whitespace-pre-wrap">{text}</code>
        <CopyButton text={text} />
      </div>
    </div>
  );
}
