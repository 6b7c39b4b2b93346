import { useMemo } from "react";
import { toSpan } from "../../format/instants.ts";
import { useMoment, useRun, useRunSearch } from "../run-context.tsx";
import { keyOf, wordsOf } from "../scrubber/describe-event.ts";

const shown = 12;

/** The events of a call, newest first; each leads to its moment. */
export function CallEvents({ callKey }: { readonly callKey: string }) {
  const { view, head, goTo } = useRun();
  const { n } = useMoment();
  const [, change] = useRunSearch();
  const positions = useMemo(
    () => positionsOf(callKey, view.length, view.eventAt),
    [callKey, view.length, view.eventAt],
  );
  if (positions.length === 0) return null;
  return (
    <section>
      <h3 className="pb-1 text-xs text-faint">Events</h3>
      <ul>
        {positions.slice(0, shown).map((position) => {
          const event = view.eventAt(position);
          return event === null ? null : (
            <li key={position}>
              <button
                type="button"
                aria-current={position === n}
                className="flex min-h-6 w-full gap-3 rounded px-1 text-left hover:bg-hover aria-[current=true]:bg-accent-wash"
                onClick={() => goTo(position >= view.last ? null : position)}
              >
                <span className="w-12 text-right text-faint">{position}</span>
                <span className="flex-1">{wordsOf(event.type)}</span>
                <span className="text-faint">+{toSpan(event.recordedAt - head.summary.createdAt)}</span>
              </button>
            </li>
          );
        })}
      </ul>
      <button
        type="button"
        className="min-h-6 text-accent hover:underline"
        onClick={() => change({ tab: "events", find: callKey }, false)}
      >
        {positions.length > shown ? `all ${positions.length} events` : "in the list of events"}
      </button>
    </section>
  );
}

function positionsOf(
  key: string,
  last: number,
  eventAt: (position: number) => Parameters<typeof keyOf>[0] | null,
): readonly number[] {
  const positions: number[] = [];
  for (let position = last; position > 0; position -= 1) {
    const event = eventAt(position);
    if (event !== null && keyOf(event) === key) positions.push(position);
  }
  return positions;
}
