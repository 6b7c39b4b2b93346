import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { asked, useApi } from "../../api/context.tsx";
import type { FormField } from "../../form/form-field.ts";
import { ErrorState, Skeleton } from "../../ui/notices.tsx";
import { useToast } from "../../ui/toast.tsx";
import { asCli, type Launch } from "../data/as-commands.ts";
import { useRun } from "../run-context.tsx";
import { CommandDialog } from "./command-dialog.tsx";
import { formOf } from "./read-form.ts";
import { useCommand } from "./use-command.ts";
import { ValueForm } from "./value-form.tsx";

/** Another run of the same flow, from the input of this one. */
export function LaunchDialog({ onClose }: { readonly onClose: () => void }) {
  const { run, head } = useRun();
  const api = useApi();
  const values = useQuery(asked(api, "values", { params: { run, position: 1 } }));
  const flow = useQuery(asked(api, "flow", { params: { flow: head.summary.flow } }));
  if (values.isError) return <ErrorState what="Its input could not be read" error={values.error} />;
  if (values.data === undefined || flow.isPending) return <Skeleton rows={2} />;
  return (
    <LaunchForm
      form={formOf(flow.data?.inputSchema)}
      recorded={values.data.values["input"]}
      onClose={onClose}
    />
  );
}

interface LaunchFormProps {
  readonly form: FormField | null;
  readonly recorded: unknown;
  readonly onClose: () => void;
}

function LaunchForm({ form, recorded, onClose }: LaunchFormProps) {
  const { head } = useRun();
  const { flow, queue, tags } = head.summary;
  const [input, setInput] = useState(recorded);
  const navigate = useNavigate();
  const toast = useToast();
  const launch: Launch = { flow, input, queue, tags };
  const body = { flow, queue, tags: [...tags], ...(input === undefined || input === null ? {} : { input }) };
  const command = useCommand(
    async (api, idempotencyKey) => api.ask("start", { body, idempotencyKey }),
    ({ run, name }) => {
      toast({ text: `${name} was created.` });
      onClose();
      void navigate({ to: "/runs/$run", params: { run }, search: {} });
    },
  );
  return (
    <CommandDialog
      title={`Launch ${flow} again`}
      about={`On queue ${queue}${tags.length === 0 ? "" : `, with the tags ${tags.join(", ")}`}.`}
      verb="Launch"
      isSending={command.isSending}
      error={command.error}
      onSend={command.send}
      onClose={onClose}
      cli={asCli(launch)}
    >
      <ValueForm title="Input" form={form} value={input} problems={command.problems} onChange={setInput} />
    </CommandDialog>
  );
}
