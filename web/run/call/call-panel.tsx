import { useState } from "react";
import { toClock, toInstant, toSpan } from "../../format/instants.ts";
import { toPlainLine } from "../../format/plain-text.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { ScrollRegion } from "../../ui/scroll-region.tsx";
import { allowedOf } from "../actions/allowed.ts";
import { AskedDialog } from "../actions/run-actions.tsx";
import { CallMark } from "../call-mark.tsx";
import { useMoment, useRun, useRunSearch } from "../run-context.tsx";
import { barsOf, spanOf } from "../timeline/bars.ts";
import { markOf } from "../timeline/call-state.ts";
import { type Call, callIn, labelOf } from "../timeline/calls.ts";
import { AttemptList } from "./attempt-list.tsx";
import { CallEvents } from "./call-events.tsx";
import { CallLinks } from "./call-links.tsx";
import { CallValues } from "./call-values.tsx";

const kinds = ["task", "timer", "wait", "child"] as const;

/** One call, at the moment that is looked at: how it stands, what it was given, what became of it. */
export function CallPanel({ callKey }: { readonly callKey: string }) {
  const { head } = useRun();
  const moment = useMoment();
  const [, change] = useRunSearch();
  const close = (): void => change({ call: undefined });
  const find = (picture: typeof head): Call | null => {
    for (const kind of kinds) {
      const call = callIn(picture, { kind, key: callKey });
      if (call !== null) return call;
    }
    return null;
  };
  const call = find(moment.picture);
  return (
    <aside
      aria-label={`Call ${toPlainLine(callKey)}`}
      className="flex w-96 shrink-0 flex-col border-l border-line bg-surface max-lg:absolute max-lg:inset-0 max-lg:z-20 max-lg:w-auto"
    >
      <header className="flex items-start gap-2 border-b border-line px-3 py-2">
        <h2 className="min-w-0 flex-1 font-semibold break-words" title={toPlainLine(callKey)}>
          <bdi>{toPlainLine(labelOf(callKey))}</bdi>
        </h2>
        <IconButton icon="close" label="Close the call" onClick={close} />
      </header>
      <ScrollRegion label="About the call" className="flex min-h-0 flex-1 flex-col gap-3 px-3 py-2">
        {call !== null ? (
          <Known call={call} />
        ) : (
          <p className="text-soft">
            {find(head) === null
              ? "This run has no such call."
              : "The flow had not asked for it yet, at this moment."}
          </p>
        )}
      </ScrollRegion>
    </aside>
  );
}

function Known({ call }: { readonly call: Call }) {
  const { head } = useRun();
  const moment = useMoment();
  const [isForking, setForking] = useState(false);
  const { picture } = moment;
  const at = moment.at ?? picture.summary.updatedAt;
  const [from, to] = spanOf(picture, call);
  const queued = barsOf(picture, call, at)
    .filter(({ kind }) => kind === "queue")
    .reduce((sum, bar) => sum + bar.to - bar.from, 0);
  const canFork = call.kind === "task" && allowedOf(head).has("fork");
  return (
    <>
      <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1">
        <dt className="text-faint">state</dt>
        <dd>
          <CallMark mark={markOf(picture, call)} />
        </dd>
        <dt className="text-faint">begun</dt>
        <dd title={toInstant(from)}>{toClock(from, true)}</dd>
        <dt className="text-faint">took</dt>
        <dd>
          {to === null ? "open" : toSpan(to - from)}
          {queued > 0 && ` (${toSpan(queued)} of it waiting)`}
        </dd>
        <CallLinks call={call} />
      </dl>
      {call.kind === "task" && <AttemptList task={call.of} />}
      <CallValues call={call} />
      <CallEvents callKey={call.of.key} />
      {canFork && (
        <Button icon="fork" className="self-start" onClick={() => setForking(true)}>
          Fork from here…
        </Button>
      )}
      {isForking && (
        <AskedDialog asked={{ at: "task", key: call.of.key }} onClose={() => setForking(false)} />
      )}
    </>
  );
}
