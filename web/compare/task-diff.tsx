import { useQuery } from "@tanstack/react-query";
import { asked, useApi } from "../api/context.tsx";
import { toShortLine } from "../format/plain-text.ts";
import { IconButton } from "../ui/button.tsx";
import { ErrorState, Skeleton } from "../ui/notices.tsx";
import { Panel } from "../ui/panel.tsx";
import { type PlainColumn, PlainTable } from "../ui/plain-table.tsx";
import { diffValues, type ValueChange } from "./diff-values.ts";
import type { ComparedTask } from "./task-table.tsx";

interface TaskDiffProps {
  readonly a: string; // id of the run
  readonly b: string;
  readonly task: ComparedTask;
  readonly onClose: () => void;
}

/** What the values of one task have that differs: its input, then what came of it. */
export function TaskDiff({ a, b, task, onClose }: TaskDiffProps) {
  return (
    <Panel
      title={
        <>
          Values of <bdi>{task.key}</bdi>
        </>
      }
      aside={<IconButton icon="close" label="Close" onClick={onClose} />}
    >
      <Values
        title="Input"
        a={{ run: a, position: task.a?.position ?? null }}
        b={{ run: b, position: task.b?.position ?? null }}
      />
      <Values
        title="Result"
        a={{ run: a, position: task.a?.endPosition ?? null }}
        b={{ run: b, position: task.b?.endPosition ?? null }}
      />
    </Panel>
  );
}

interface Place {
  readonly run: string;
  readonly position: number | null; // of the event; null = there is none
}

function Values({ title, a, b }: { readonly title: string; readonly a: Place; readonly b: Place }) {
  const one = useValues(a);
  const other = useValues(b);
  const error = one.error ?? other.error;
  if (error !== null) return <ErrorState what={`${title} could not be loaded`} error={error} />;
  if (one.isLoading || other.isLoading) return <Skeleton rows={2} />;
  const changes = diffValues(one.data?.values ?? null, other.data?.values ?? null);
  return (
    <section className="border-t border-line first:border-t-0">
      <h3 className="px-3 pt-2 font-medium">{title}</h3>
      {changes.length === 0 ? (
        <p className="px-3 pb-2 text-soft">The same in both.</p>
      ) : (
        <PlainTable
          label={`${title}: what differs`}
          columns={columns}
          rows={changes}
          rowId={({ path, kind }) => `${kind} ${path}`}
        />
      )}
    </section>
  );
}

function useValues({ run, position }: Place) {
  return useQuery({
    ...asked(useApi(), "values", { params: { run, position: position ?? 0 } }),
    enabled: position !== null,
  });
}

const columns: readonly PlainColumn<ValueChange>[] = [
  {
    id: "path",
    title: "Where",
    render: ({ path }) => <bdi className="font-mono text-xs">{path === "" ? "all of it" : path}</bdi>,
  },
  { id: "kind", title: "How", render: ({ kind }) => <span className="text-soft">{kind}</span> },
  { id: "a", title: "A", render: ({ a }) => <Value value={a} /> },
  { id: "b", title: "B", render: ({ b }) => <Value value={b} /> },
];

function Value({ value }: { readonly value: unknown }) {
  if (value === undefined) return <span className="text-faint">–</span>;
  return <bdi className="font-mono text-xs break-all">{toShortLine(JSON.stringify(value), 400)}</bdi>;
}
