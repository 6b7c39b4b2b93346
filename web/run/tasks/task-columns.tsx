import { toSpan } from "../../format/instants.ts";
import { toPlainLine } from "../../format/plain-text.ts";
import type { Column } from "../../ui/data-grid.tsx";
import { CallMark } from "../call-mark.tsx";
import type { TaskRow } from "./task-rows.ts";

interface Ground {
  readonly createdAt: number; // of the run, epoch ms
  readonly at: number | null; // the moment that is looked at; null = now
  readonly open: (key: string) => void;
}

export function taskColumns(ground: Ground): readonly Column<TaskRow>[] {
  return [...leading(ground), ...trailing];
}

function leading({ createdAt, at, open }: Ground): readonly Column<TaskRow>[] {
  return [
    {
      id: "state",
      title: "State",
      width: "minmax(108px, 150px)",
      render: ({ mark }) => <CallMark mark={mark} />,
    },
    {
      id: "key",
      title: "Call",
      width: "minmax(110px, 2fr)",
      render: ({ ref }) => (
        <button
          type="button"
          className="min-h-6 max-w-full truncate text-left font-medium hover:underline"
          onClick={(event) => {
            event.stopPropagation();
            open(ref.key);
          }}
        >
          <bdi>{toPlainLine(ref.key)}</bdi>
        </button>
      ),
    },
    {
      id: "begin",
      title: "Begin",
      width: "90px",
      isNumber: true,
      from: "tablet",
      render: ({ from }) => `+${toSpan(from - createdAt)}`,
    },
    {
      id: "span",
      title: "Took",
      width: "90px",
      isNumber: true,
      render: ({ from, to }) => (to === null && at === null ? "open" : toSpan((to ?? at ?? from) - from)),
    },
  ];
}

const trailing: readonly Column<TaskRow>[] = [
  {
    id: "attempts",
    title: "Attempts",
    width: "80px",
    isNumber: true,
    from: "tablet",
    render: ({ attempts }) => (attempts === 0 ? "–" : attempts),
  },
  {
    id: "queue",
    title: "Queue",
    width: "110px",
    from: "desktop",
    render: ({ queue }) => <bdi>{queue ?? "–"}</bdi>,
  },
  {
    id: "worker",
    title: "Worker",
    width: "minmax(80px, 1fr)",
    from: "desktop",
    render: ({ worker }) => <bdi>{worker ?? "–"}</bdi>,
  },
];
