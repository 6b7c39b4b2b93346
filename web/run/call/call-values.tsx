import { useQuery } from "@tanstack/react-query";
import { asked, useApi } from "../../api/context.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { JsonView } from "../../ui/json-view.tsx";
import { useRun } from "../run-context.tsx";
import type { Call } from "../timeline/calls.ts";

interface Source {
  readonly title: string;
  readonly position: number; // of the event that has it
  readonly field: string;
}

/** What a call was given and what came of it, read from the events that recorded them. */
export function CallValues({ call }: { readonly call: Call }) {
  return sourcesOf(call).map((source) => <Recorded key={source.title} {...source} />);
}

function sourcesOf(call: Call): readonly Source[] {
  switch (call.kind) {
    case "task":
    case "child": {
      const { position, endPosition } = call.of;
      const end = endPosition === null ? [] : [{ title: "Output", position: endPosition, field: "output" }];
      return [{ title: "Input", position, field: "input" }, ...end];
    }
    case "wait":
      return call.of.received === null
        ? []
        : [{ title: "Answer", position: call.of.received, field: "payload" }];
    case "timer":
      return [];
  }
}

export function Recorded({ title, position, field }: Source) {
  const { run } = useRun();
  const answer = useQuery(asked(useApi(), "values", { params: { run, position } }));
  const values = answer.data?.values;
  if (values !== undefined && !(field in values)) return null; // it failed: its attempts say why
  const value = values?.[field];
  return (
    <section>
      <h3 className="flex items-center justify-between text-xs text-faint">
        <span>
          {title} · event {position}
        </span>
        {values !== undefined && (
          <CopyButton
            text={JSON.stringify(value ?? null, null, 2)}
            label={`Copy the ${title.toLowerCase()}`}
          />
        )}
      </h3>
      {answer.isError && <p className="text-danger">It could not be read: {answer.error.message}</p>}
      {answer.isPending && <p className="text-faint">Loading…</p>}
      {values !== undefined && <JsonView value={value} />}
    </section>
  );
}
