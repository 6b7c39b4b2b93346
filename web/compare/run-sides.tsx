import { Link } from "@tanstack/react-router";
import type { RunRow } from "../../src/server/contract/runs.ts";
import { toCount } from "../format/numbers.ts";
import { toPlainLine, toShortLine } from "../format/plain-text.ts";
import { Duration, Time } from "../ui/clock.tsx";
import { StateBadge } from "../ui/state-mark.tsx";

/** The two runs beside each other. */
export function RunSides({ a, b }: { readonly a: RunRow; readonly b: RunRow }) {
  return (
    <div className="grid gap-3 md:grid-cols-2">
      <Side letter="A" row={a} />
      <Side letter="B" row={b} />
    </div>
  );
}

function Side({ letter, row }: { readonly letter: string; readonly row: RunRow }) {
  const { run, name, flow, state, stateName, createdAt, startedAt, endedAt, tasks, completed, error } = row;
  return (
    <section className="rounded-lg border border-line bg-surface px-3 py-2" aria-label={`Run ${letter}`}>
      <h2 className="flex items-center gap-2 text-base">
        <span className="inline-flex size-5 items-center justify-center rounded bg-sunken text-xs font-semibold">
          {letter}
        </span>
        <Link to="/runs/$run" params={{ run }} className="inline-block py-0.5 font-semibold hover:underline">
          <bdi>{toPlainLine(name)}</bdi>
        </Link>
        <bdi className="text-soft">{toPlainLine(flow)}</bdi>
      </h2>
      <p className="flex flex-wrap items-center gap-x-4 text-soft">
        <StateBadge state={state} name={stateName} />
        <Duration from={startedAt} to={endedAt} />
        <span>
          {toCount(completed)}/{toCount(tasks)} tasks
        </span>
        <Time at={createdAt} />
      </p>
      {error !== null && (
        <p className="font-mono text-xs break-words text-danger">{toShortLine(error, 300)}</p>
      )}
    </section>
  );
}
