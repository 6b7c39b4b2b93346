import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Capacity } from "../../src/server/contract/overview.ts";
import { useApi } from "../api/context.tsx";
import { toSpan } from "../format/instants.ts";
import { toCount } from "../format/numbers.ts";
import { toPlainLine } from "../format/plain-text.ts";
import { Button } from "../ui/button.tsx";
import { Empty } from "../ui/notices.tsx";
import { Panel } from "../ui/panel.tsx";
import { type PlainColumn, PlainTable } from "../ui/plain-table.tsx";
import { useToast } from "../ui/toast.tsx";
import { LimitDialog } from "./limit-dialog.tsx";

export type Limit = Capacity["limits"][number];

/** Concurrency and rate limits: who holds them up, and their change for all code of the namespace. */
export function LimitPanel({ limits }: { readonly limits: readonly Limit[] }) {
  const [edited, setEdited] = useState<Limit | "new" | null>(null);
  const columns: readonly PlainColumn<Limit>[] = [
    ...facts,
    {
      id: "edit",
      title: <span className="sr-only">Change</span>,
      isNumber: true,
      render: (limit) => (
        <span className="flex justify-end gap-1">
          {limit.isSet && <TakeBack limit={limit} />}
          <Button onClick={() => setEdited(limit)}>
            Set<span className="sr-only"> {limit.name}</span>
          </Button>
        </span>
      ),
    },
  ];
  return (
    <Panel
      title="Limits"
      aside={
        <Button icon="plus" onClick={() => setEdited("new")}>
          Set a limit
        </Button>
      }
    >
      {limits.length === 0 ? (
        <Empty title="No limit">
          <p>Limits appear here when code names one, or when one is set for all code.</p>
        </Empty>
      ) : (
        <PlainTable
          label="Limits"
          columns={columns}
          rows={limits}
          rowId={({ kind, name }) => `${kind} ${name}`}
        />
      )}
      {edited !== null && (
        <LimitDialog limit={edited === "new" ? null : edited} onClose={() => setEdited(null)} />
      )}
    </Panel>
  );
}

const facts: readonly PlainColumn<Limit>[] = [
  {
    id: "name",
    title: "Limit",
    render: ({ name }) => <bdi className="font-medium">{toPlainLine(name)}</bdi>,
  },
  {
    id: "kind",
    title: "Kind",
    isWide: true,
    render: ({ kind }) => (kind === "slots" ? "at a time" : "rate"),
  },
  { id: "used", title: "Taken", render: (limit) => <Used limit={limit} /> },
  {
    id: "waiting",
    title: "Waiting",
    isNumber: true,
    render: ({ waiting }) => (
      <span className={waiting > 0 ? "text-state-scheduled" : ""}>{toCount(waiting)}</span>
    ),
  },
  { id: "free", title: "Slots come free", isWide: true, render: (limit) => freed(limit) },
  { id: "by", title: "By", isWide: true, render: ({ isSet }) => (isSet ? "an operator" : "the code") },
];

function freed({ kind, decay, perMs }: Limit): string {
  if (decay > 0) return `${decay} each second`;
  if (kind === "rate" && perMs > 0) return `after ${toSpan(perMs)}`;
  return "when they are given back";
}

function Used({ limit: { held, slots } }: { readonly limit: Limit }) {
  if (slots === null) return <span>{toCount(held)}, no limit</span>;
  const part = slots === 0 ? 1 : Math.min(1, held / slots);
  return (
    <span className="flex items-center gap-2">
      <span aria-hidden className="h-1.5 w-24 overflow-hidden rounded-full bg-line">
        <span
          className="block h-full"
          style={{
            width: `${part * 100}%`,
            background: part >= 1 ? "var(--state-scheduled)" : "var(--accent)",
          }}
        />
      </span>
      {toCount(held)} of {toCount(slots)}
    </span>
  );
}

function TakeBack({ limit: { name } }: { readonly limit: Limit }) {
  const api = useApi();
  const queries = useQueryClient();
  const tell = useToast();
  const remove = useMutation({
    mutationFn: async () => api.ask("removeLimit", { params: { name } }),
    onSuccess: () => tell({ text: `What the code says of ${name} holds again.` }),
    onError: ({ message }) => tell({ text: message, isProblem: true }),
    onSettled: async () => queries.invalidateQueries({ queryKey: ["capacity"] }),
  });
  return (
    <Button look="quiet" disabled={remove.isPending} onClick={() => remove.mutate()}>
      Take back<span className="sr-only"> {name}</span>
    </Button>
  );
}
