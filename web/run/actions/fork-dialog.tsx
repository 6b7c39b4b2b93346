import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { asked, useApi } from "../../api/context.tsx";
import { JsonField } from "../../form/json-field.tsx";
import { toCounted } from "../../format/numbers.ts";
import { toPlainLine } from "../../format/plain-text.ts";
import { ErrorState, Skeleton } from "../../ui/notices.tsx";
import { useToast } from "../../ui/toast.tsx";
import { quote } from "../data/as-commands.ts";
import { useRun } from "../run-context.tsx";
import { CommandDialog } from "./command-dialog.tsx";
import { type ForkPlan, type ForkPoint, planOf } from "./fork-plan.ts";
import { useCommand } from "./use-command.ts";

interface ForkDialogProps {
  readonly point: ForkPoint;
  readonly onClose: () => void;
}

/** A new run that has the history of this one up to a point, with another input if one likes. */
export function ForkDialog({ point, onClose }: ForkDialogProps) {
  const { run, head, view } = useRun();
  const plan = useMemo(() => planOf(head, view.eventAt, point), [head, view.eventAt, point]);
  const api = useApi();
  const position = plan.valuesAt;
  const values = useQuery({
    ...asked(api, "values", { params: { run, position: position ?? 1 } }),
    enabled: position !== null,
  });
  if (values.isError) return <ErrorState what="Its recorded input could not be read" error={values.error} />;
  if (position !== null && values.data === undefined) return <Skeleton rows={2} />;
  return <ForkForm plan={plan} recorded={values.data?.values["input"]} onClose={onClose} />;
}

interface ForkFormProps {
  readonly plan: ForkPlan;
  readonly recorded: unknown; // what the task, or the flow, was given
  readonly onClose: () => void;
}

function ForkForm({ plan, recorded, onClose }: ForkFormProps) {
  const { run, head } = useRun();
  const [input, setInput] = useState(recorded);
  const navigate = useNavigate();
  const toast = useToast();
  const isEdited = JSON.stringify(input) !== JSON.stringify(recorded);
  const edited = !isEdited ? {} : plan.edits === "args" ? { args: asList(input) } : { input };
  const command = useCommand(
    async (api, idempotencyKey) =>
      api.ask("fork", { params: { run }, body: { ...plan.request, ...edited }, idempotencyKey }),
    ({ run: made, name }) => {
      toast({ text: `${name} goes on from there.` });
      onClose();
      void navigate({ to: "/runs/$run", params: { run: made }, search: {} });
    },
  );
  const args = isEdited && plan.edits === "args" ? ` --args ${quote(JSON.stringify(asList(input)))}` : "";
  return (
    <CommandDialog
      title={`Fork ${head.summary.name}`}
      about={toPlainLine(plan.title)}
      verb="Make the fork"
      isSending={command.isSending}
      error={command.error}
      onSend={command.send}
      onClose={onClose}
      cli={`millrace fork ${quote(run)}${plan.cli}${args}`}
    >
      <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1">
        <dt className="text-soft">kept</dt>
        <dd>
          {toCounted(plan.kept, "result")} of the first {toCounted(plan.shared, "event")}
        </dd>
        <dt className="text-soft">done again</dt>
        <dd>
          {plan.again.length === 0
            ? "whatever the flow asks for next"
            : `${plan.again.slice(0, 8).map(toPlainLine).join(", ")}${plan.again.length > 8 ? ` and ${plan.again.length - 8} more` : ""}`}
        </dd>
        <dt className="text-soft">code</dt>
        <dd>
          the version that the workers have then; this run last used{" "}
          <code>{head.summary.codeHash.slice(0, 8) || "none"}</code>
        </dd>
      </dl>
      {plan.edits !== null && (
        <JsonField
          field={{ title: plan.edits === "args" ? "Arguments of the task" : "Input of the run", about: "" }}
          path=""
          value={input}
          problems={command.problems}
          onChange={setInput}
          rows={6}
        />
      )}
    </CommandDialog>
  );
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
