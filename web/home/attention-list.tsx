import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Attention } from "../../src/server/contract/overview.ts";
import { toSpan } from "../format/instants.ts";
import { toCounted } from "../format/numbers.ts";
import { toShortLine } from "../format/plain-text.ts";
import { buttonNames } from "../ui/button.tsx";
import { Ago } from "../ui/clock.tsx";
import { Panel } from "../ui/panel.tsx";
import { StateMark } from "../ui/state-mark.tsx";

/** Only what needs a person; nothing = one line that says so. */
export function AttentionList({ items }: { readonly items: readonly Attention[] }) {
  if (items.length === 0)
    return (
      <p className="flex items-center gap-2 rounded-lg border border-line bg-surface px-3 py-2 font-medium">
        <StateMark state="COMPLETED" />
        Nothing needs you.
      </p>
    );
  return (
    <Panel title="Needs you" className="border-l-4 border-l-state-failed">
      <ul>
        {items.map((item) => (
          <li
            key={JSON.stringify(item)}
            className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line/70 px-3 py-1.5 first:border-t-0"
          >
            <Item item={item} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Item({ item }: { readonly item: Attention }) {
  switch (item.kind) {
    case "failures":
      return (
        <Line
          sign="FAILED"
          action={
            <>
              <ToRuns q={item.query}>Show them</ToRuns>
              <Link to="/runs/$run" params={{ run: item.sample }} className={buttonNames("quiet")}>
                Newest
              </Link>
            </>
          }
        >
          <strong className="font-semibold">{toCounted(item.count, "run")} failed alike</strong> in{" "}
          <bdi>{item.flows.slice(0, 3).join(", ")}</bdi>, last <Ago at={item.lastAt} />:{" "}
          <bdi className="font-mono text-xs break-all">{toShortLine(item.error, 160)}</bdi>
        </Line>
      );
    case "people":
      return (
        <Line
          sign="PAUSED"
          action={
            <Link to="/runs/$run" params={{ run: item.sample }} className={buttonNames("plain")}>
              Answer
            </Link>
          }
        >
          <strong className="font-semibold">
            {toCounted(item.count, "run waits", "runs wait")} for a person
          </strong>
          , the oldest since <Ago at={item.oldestAt} />
          {item.prompt !== null && (
            <>
              : <bdi>{toShortLine(item.prompt, 120)}</bdi>
            </>
          )}
        </Line>
      );
    case "blocked":
      return (
        <Line sign="Blocked" action={<ToRuns q={item.query}>Show them</ToRuns>}>
          <strong className="font-semibold">{toCounted(item.count, "run is", "runs are")} blocked</strong>:
          the code does not fit what they recorded
        </Line>
      );
    default:
      return <EngineItem item={item} />;
  }
}

function EngineItem({
  item,
}: {
  readonly item: Exclude<Attention, { kind: "failures" | "people" | "blocked" }>;
}) {
  switch (item.kind) {
    case "queue":
      return (
        <Line
          sign="SCHEDULED"
          action={
            <Link to="/capacity" className={buttonNames("plain")}>
              Capacity
            </Link>
          }
        >
          <strong className="font-semibold">
            queue <bdi>{item.queue}</bdi> has no live worker
          </strong>
          : {toCounted(item.waiting, "job waits", "jobs wait")}, the oldest for {toSpan(item.oldestWaitingMs)}
        </Line>
      );
    case "projections":
      return (
        <Line sign="SCHEDULED" action={<ToLog>Engine</ToLog>}>
          <strong className="font-semibold">what is derived is {toSpan(item.ms)} behind the log</strong>:{" "}
          {toCounted(item.entries, "entry", "entries")}
        </Line>
      );
    case "aside":
      return (
        <Line sign="CRASHED" action={<ToLog>See them</ToLog>}>
          <strong className="font-semibold">
            {toCounted(item.count, "run has", "runs have")} events that cannot be read
          </strong>
          : lists show how far they were understood
        </Line>
      );
  }
}

interface LineProps {
  readonly sign: string; // a state whose mark stands before it
  readonly action: ReactNode;
  readonly children: ReactNode;
}

function Line({ sign, action, children }: LineProps) {
  return (
    <>
      <StateMark state={sign} />
      <p className="min-w-48 flex-1">{children}</p>
      <span className="flex gap-1">{action}</span>
    </>
  );
}

function ToRuns({ q, children }: { readonly q: string; readonly children: ReactNode }) {
  return (
    <Link to="/runs" search={{ q }} className={buttonNames("plain")}>
      {children}
    </Link>
  );
}

function ToLog({ children }: { readonly children: ReactNode }) {
  return (
    <Link to="/log" search={{ tab: "projections" }} className={buttonNames("plain")}>
      {children}
    </Link>
  );
}
