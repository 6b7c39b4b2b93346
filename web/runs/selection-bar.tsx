import { toCounted } from "../format/numbers.ts";
import { Button } from "../ui/button.tsx";
import type { Selection } from "./selection.ts";

interface SelectionBarProps {
  readonly selection: Selection;
  readonly total: number | null; // runs that match
  readonly loaded: number;
  readonly onEverything: () => void;
  readonly onAct: (action: "cancel" | "retry") => void;
  readonly onCompare: (() => void) | null; // null = not two are chosen
  readonly onClear: () => void;
}

/** What can be done with the chosen rows. */
export function SelectionBar(props: SelectionBarProps) {
  const { selection, total, loaded, onEverything, onAct, onCompare, onClear } = props;
  const { ids, isEverything } = selection;
  if (ids.size === 0 && !isEverything) return null;
  const canTakeAll = !isEverything && ids.size === loaded && total !== null && total > loaded;
  return (
    <div
      role="toolbar"
      aria-label="Chosen runs"
      className="flex flex-wrap items-center gap-2 border-t border-line bg-accent-wash px-3 py-1.5"
    >
      <span className="font-medium">
        {isEverything
          ? `all ${toCounted(total ?? 0, "run")} that match`
          : `${toCounted(ids.size, "run")} chosen`}
      </span>
      {canTakeAll && (
        <Button look="quiet" onClick={onEverything}>
          Choose all {toCounted(total, "run")} that match
        </Button>
      )}
      <span className="flex-1" />
      {onCompare !== null && (
        <Button icon="compare" onClick={onCompare}>
          Compare
        </Button>
      )}
      <Button icon="retry" onClick={() => onAct("retry")}>
        Retry
      </Button>
      <Button icon="stop" onClick={() => onAct("cancel")}>
        Cancel
      </Button>
      <Button look="quiet" onClick={onClear}>
        Clear
      </Button>
    </div>
  );
}
