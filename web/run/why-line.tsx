import { useDeferredValue, useMemo, useState } from "react";
import type { Reason } from "../../src/projections/reason.ts";
import { firstReasonsOf } from "../../src/projections/run-reasons.ts";
import { toClock, toInstant } from "../format/instants.ts";
import { toPlainLine } from "../format/plain-text.ts";
import { Button } from "../ui/button.tsx";
import { Ago } from "../ui/clock.tsx";
import { useMoment } from "./run-context.tsx";

const shownAtFirst = 1;
const mostShown = 50;

/** Why the run is where it is: one sentence, and the others on demand. */
export function WhyLine() {
  const moment = useMoment();
  const [isOpen, setOpen] = useState(false);
  // A sentence for each open task: of ten thousand, they come after the frame that a scrub waits for.
  const picture = useDeferredValue(moment.picture);
  const { summary } = picture;
  const { reasons: shown, total } = useMemo(
    () => firstReasonsOf(picture, isOpen ? mostShown : shownAtFirst),
    [picture, isOpen],
  );
  const more = total - shownAtFirst;
  if (summary.state === "COMPLETED" && more <= 0) return null;
  return (
    <section
      aria-label="Why it is where it is"
      className="flex items-start gap-2 border-b border-line bg-surface px-4 py-1.5"
    >
      <ul className="min-w-0 flex-1">
        {shown.map((reason) => (
          <li key={`${reason.text} ${reason.when?.at ?? ""}`} className="break-words">
            <bdi>{toPlainLine(reason.text)}</bdi> <When when={reason.when} isPast={moment.isPast} />
          </li>
        ))}
      </ul>
      {more > 0 && (
        <Button look="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? "less" : `${more} more`}
        </Button>
      )}
    </section>
  );
}

/** Looking back, "3 minutes ago" would be counted from the wrong present. */
function When({ when, isPast }: { readonly when: Reason["when"]; readonly isPast: boolean }) {
  if (when === null) return null;
  return (
    <span className="text-faint" title={toInstant(when.at)}>
      {when.what} {toClock(when.at)}
      {!isPast && when.what !== "at" && (
        <>
          {" "}
          (<Ago at={when.at} />)
        </>
      )}
    </span>
  );
}
