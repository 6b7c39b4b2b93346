import { Link } from "@tanstack/react-router";
import type { WireEvent } from "../../src/server/contract/wire-event.ts";
import { toClock, toInstant } from "../format/instants.ts";
import { toBytes } from "../format/numbers.ts";
import { toShortLine } from "../format/plain-text.ts";
import type { Column } from "../ui/data-grid.tsx";
import { aboutOf } from "./event-list.ts";

export const eventColumns: readonly Column<WireEvent>[] = [
  {
    id: "at",
    title: "Recorded",
    width: "112px",
    render: ({ at }) => (
      <time dateTime={new Date(at).toISOString()} title={toInstant(at)}>
        {toClock(at, true)}
      </time>
    ),
  },
  {
    id: "type",
    title: "Event",
    width: "minmax(130px, 0.8fr)",
    render: ({ type }) => <span className="font-medium">{type}</span>,
  },
  {
    id: "run",
    title: "Run",
    width: "minmax(110px, 1fr)",
    render: ({ run, position }) => (
      <Link to="/runs/$run" params={{ run }} className="font-mono text-xs hover:underline">
        <bdi>{run}</bdi>
        <span className="text-faint"> #{position}</span>
      </Link>
    ),
  },
  {
    id: "about",
    title: "About",
    width: "minmax(120px, 1.6fr)",
    from: "tablet",
    render: (event) => <bdi className="text-soft">{toShortLine(aboutOf(event), 160)}</bdi>,
  },
  {
    id: "actor",
    title: "Actor",
    width: "minmax(100px, 0.8fr)",
    from: "tablet",
    render: ({ actor }) => <bdi className="font-mono text-xs">{toShortLine(actor, 60)}</bdi>,
  },
  {
    id: "bytes",
    title: "Size",
    width: "76px",
    isNumber: true,
    from: "desktop",
    render: ({ bytes }) => toBytes(bytes),
  },
];
