import type { RecordedEvent } from "../../../src/events/envelope.ts";
import { toSpan } from "../../format/instants.ts";
import { toBytes } from "../../format/numbers.ts";
import { toPlainLine } from "../../format/plain-text.ts";
import type { Column } from "../../ui/data-grid.tsx";
import { subjectOf } from "../scrubber/describe-event.ts";
import { markerOf } from "../scrubber/markers.ts";

interface Ground {
  readonly createdAt: number; // of the run, epoch ms
  readonly bytesAt: (position: number) => number | null;
  readonly open: (position: number) => void;
  readonly seeThen: (position: number) => void;
}

export function eventColumns(ground: Ground): readonly Column<RecordedEvent>[] {
  return [...leading(ground), ...trailing(ground)];
}

function leading({ createdAt, open }: Ground): readonly Column<RecordedEvent>[] {
  return [
    {
      id: "position",
      title: "#",
      width: "minmax(48px, 64px)",
      isNumber: true,
      render: ({ position }) => position,
    },
    {
      id: "at",
      title: "Since begin",
      width: "92px",
      isNumber: true,
      from: "tablet",
      render: ({ recordedAt }) => `+${toSpan(recordedAt - createdAt)}`,
    },
    {
      id: "type",
      title: "Event",
      width: "minmax(140px, 1fr)",
      render: (event) => (
        <button
          type="button"
          className="min-h-6 max-w-full truncate text-left font-medium hover:underline"
          onClick={(click) => {
            click.stopPropagation();
            open(event.position);
          }}
        >
          {markerOf(event) === "failure" && <span className="pr-1 text-state-failed">✕</span>}
          {event.type}
        </button>
      ),
    },
  ];
}

function trailing({ bytesAt, seeThen }: Ground): readonly Column<RecordedEvent>[] {
  return [
    {
      id: "subject",
      title: "About",
      width: "minmax(70px, 2fr)",
      render: (event) => <bdi>{toPlainLine(subjectOf(event))}</bdi>,
    },
    {
      id: "actor",
      title: "By",
      width: "minmax(90px, 1fr)",
      from: "desktop",
      render: ({ actor }) => <bdi>{toPlainLine(actor)}</bdi>,
    },
    {
      id: "size",
      title: "Size",
      width: "76px",
      isNumber: true,
      from: "tablet",
      render: ({ position }) => {
        const bytes = bytesAt(position);
        return bytes === null ? "" : toBytes(bytes);
      },
    },
    {
      id: "jump",
      title: <span className="sr-only">Look at that moment</span>,
      width: "84px",
      render: ({ position }) => (
        <button
          type="button"
          className="min-h-6 text-accent hover:underline"
          aria-label={`See the run after event ${position}`}
          onClick={(click) => {
            click.stopPropagation();
            seeThen(position);
          }}
        >
          see then
        </button>
      ),
    },
  ];
}
