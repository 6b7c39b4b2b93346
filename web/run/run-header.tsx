import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { toSpan } from "../format/instants.ts";
import { toPlainLine } from "../format/plain-text.ts";
import { Duration, Time } from "../ui/clock.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { StateBadge } from "../ui/state-mark.tsx";
import { RunActions } from "./actions/run-actions.tsx";
import { useMoment } from "./run-context.tsx";

/** What the run is, how it stands at the moment that is looked at, and what one can do. */
export function RunHeader() {
  const moment = useMoment();
  const { run, flow, name, state, stateName, attempt, codeHash, createdAt, startedAt, endedAt } =
    moment.picture.summary;
  return (
    <header className="flex flex-wrap items-center gap-x-4 gap-y-1.5 border-b border-line bg-surface px-4 py-2">
      <h1 className="min-w-0 max-w-full truncate text-lg font-semibold">
        <Link to="/runs" search={{ q: `flow:${flow}` }} className="text-soft hover:underline">
          <bdi>{toPlainLine(flow)}</bdi>
        </Link>
        <span className="px-1.5 font-normal text-faint">›</span>
        <bdi>{toPlainLine(name)}</bdi>
      </h1>
      <StateBadge state={state} name={stateName} />
      <dl className="flex flex-wrap items-center gap-x-4 text-soft">
        <Fact name="Begun">
          <Time at={startedAt ?? createdAt} />
        </Fact>
        <Fact name="Took">
          {moment.at !== null && endedAt === null ? (
            toSpan(moment.at - (startedAt ?? createdAt))
          ) : (
            <Duration from={startedAt ?? createdAt} to={endedAt} />
          )}
        </Fact>
        {attempt > 1 && <Fact name="Attempt">{attempt}</Fact>}
        {codeHash !== "" && (
          <Fact name="Code">
            <code title={`Hash of the flow's code: ${codeHash}`}>{codeHash.slice(0, 7)}</code>
          </Fact>
        )}
        <Links />
      </dl>
      <span className="flex items-center font-mono text-xs text-faint max-lg:hidden">
        {run}
        <CopyButton text={run} label="Copy the run's id" />
      </span>
      <span className="flex-1" />
      <RunActions />
    </header>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="flex items-baseline gap-1 whitespace-nowrap">
      <dt className="text-xs text-faint">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Runs that this one comes from or goes on in. */
function Links() {
  const { parent, forkedFrom, continuedFrom, continuedTo } = useMoment().picture.summary;
  const links = [
    ["Child of", parent],
    ["Fork of", forkedFrom],
    ["Continues", continuedFrom],
    ["Continued in", continuedTo],
  ] as const;
  return links.map(([name, run]) =>
    run === null ? null : (
      <Fact key={name} name={name}>
        <Link to="/runs/$run" params={{ run }} className="font-mono text-xs text-accent hover:underline">
          {run.slice(0, 12)}
        </Link>
      </Fact>
    ),
  );
}
