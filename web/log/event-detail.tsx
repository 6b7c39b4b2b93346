import { Link } from "@tanstack/react-router";
import type { WireEvent } from "../../src/server/contract/wire-event.ts";
import { toInstant } from "../format/instants.ts";
import { buttonNames, IconButton } from "../ui/button.tsx";
import { JsonView } from "../ui/json-view.tsx";

interface EventDetailProps {
  readonly event: WireEvent;
  readonly onClose: () => void;
}

/** One event, whole. */
export function EventDetail({ event, onClose }: EventDetailProps) {
  const { run, position, type, version, at, actor, data } = event;
  return (
    <aside
      aria-label="Event"
      className="flex w-96 max-w-full shrink-0 flex-col gap-2 overflow-auto border-l border-line p-3 max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:z-20 max-lg:bg-surface max-lg:shadow-float"
    >
      <div className="flex items-center gap-2">
        <h2 className="min-w-0 flex-1 truncate text-base font-semibold">{type}</h2>
        <Link to="/runs/$run" params={{ run }} className={buttonNames("plain")}>
          Open the run
        </Link>
        <IconButton icon="close" label="Close" onClick={onClose} />
      </div>
      <dl className="grid grid-cols-[6rem_1fr] gap-x-2 gap-y-1">
        <dt className="text-faint">run</dt>
        <dd className="font-mono text-xs break-all">
          {run} #{position}
        </dd>
        <dt className="text-faint">recorded</dt>
        <dd>{toInstant(at)}</dd>
        <dt className="text-faint">actor</dt>
        <dd className="font-mono text-xs break-all">
          <bdi>{actor}</bdi>
        </dd>
        <dt className="text-faint">version</dt>
        <dd>{version}</dd>
      </dl>
      <JsonView value={data} />
    </aside>
  );
}
