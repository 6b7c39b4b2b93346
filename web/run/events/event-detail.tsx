import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { asked, useApi } from "../../api/context.tsx";
import { toInstant } from "../../format/instants.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { JsonView } from "../../ui/json-view.tsx";
import { ScrollRegion } from "../../ui/scroll-region.tsx";
import { useRun, useRunSearch } from "../run-context.tsx";
import { keyOf } from "../scrubber/describe-event.ts";
import { neighbour } from "./event-rows.ts";

interface EventDetailProps {
  readonly position: number;
  readonly onMove: (position: number) => void;
  readonly onClose: () => void;
}

/** One event as it stands in the log, with the values that it recorded. */
export function EventDetail({ position, onMove, onClose }: EventDetailProps) {
  const { run, view, goTo } = useRun();
  const [, change] = useRunSearch();
  const values = useQuery(asked(useApi(), "values", { params: { run, position } }));
  const event = view.eventAt(position);
  if (event === null) return null;
  const key = keyOf(event);
  const step = (step: 1 | -1): number | null => neighbour(position, step, view.last, view.eventAt);
  const [before, after] = [step(-1), step(1)];
  const whole = { ...event, data: { ...event.data, ...values.data?.values } };
  return (
    <section
      aria-label={`Event ${position}`}
      className="flex max-h-[45%] shrink-0 flex-col border-t border-line bg-raised"
    >
      <header className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-1">
        <h2 className="font-medium">
          {position} · {event.type}
        </h2>
        <span className="text-xs text-faint">{toInstant(event.recordedAt)}</span>
        <span className="flex-1" />
        {key !== null && (
          <>
            <Button look="quiet" disabled={before === null} onClick={() => before !== null && onMove(before)}>
              before, same call
            </Button>
            <Button look="quiet" disabled={after === null} onClick={() => after !== null && onMove(after)}>
              next, same call
            </Button>
            <Button look="quiet" onClick={() => change({ call: key })}>
              Show the call
            </Button>
          </>
        )}
        <Link
          to="/runs/$run"
          params={{ run }}
          search={{ tab: "events", at: position }}
          className="text-accent hover:underline"
        >
          Link
        </Link>
        <Button look="quiet" onClick={() => goTo(position >= view.last ? null : position)}>
          See then
        </Button>
        <CopyButton text={JSON.stringify(whole, null, 2)} label="Copy as JSON" />
        <IconButton icon="close" label="Close the event" onClick={onClose} />
      </header>
      <ScrollRegion label="Content of the event" className="min-h-0 px-3 py-2">
        {values.isError && (
          <p className="text-danger">Its values could not be read: {values.error.message}</p>
        )}
        <JsonView value={whole} openTo={3} />
      </ScrollRegion>
    </section>
  );
}
