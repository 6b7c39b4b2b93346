import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { asked, useApi } from "../api/context.tsx";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { joinNames } from "../ui/join-names.ts";

/** Views that everybody has. */
const common = [
  { name: "All", q: "" },
  { name: "Failed today", q: "status:failed,crashed created>-24h" },
  { name: "Running", q: "status:running" },
  { name: "Held up", q: "status:paused" },
  { name: "Slow", q: "duration>5m created>-7d" },
] as const;

const ViewMenu = lazy(async () => import("./view-menu.tsx").then(({ ViewMenu }) => ({ default: ViewMenu })));
const NameView = lazy(async () => import("./name-view.tsx").then(({ NameView }) => ({ default: NameView })));

interface SavedViewsProps {
  readonly q: string;
  readonly onQuery: (q: string) => void;
}

/** Queries with a name: those that everybody has, and those that were kept on the server. */
export function SavedViews({ q, onQuery }: SavedViewsProps) {
  const [isNaming, setNaming] = useState(false);
  const views = useQuery(asked(useApi(), "views", {}));
  const own = views.data ?? [];
  const isKept = [...common, ...own].some((view) => view.q === q);
  return (
    <nav aria-label="Views" className="flex shrink-0 items-center gap-1 overflow-x-auto">
      {[...common, ...own].map((view) => (
        <button
          key={view.name}
          type="button"
          aria-current={view.q === q ? "page" : undefined}
          onClick={() => onQuery(view.q)}
          className={joinNames(
            "flex h-7 items-center gap-1 rounded-md px-2 whitespace-nowrap",
            view.q === q ? "bg-accent-wash font-medium text-ink" : "text-soft hover:bg-hover",
          )}
        >
          {"isDefault" in view && view.isDefault && <Icon name="star" size={12} />}
          <bdi>{view.name}</bdi>
        </button>
      ))}
      <Suspense fallback={null}>
        {own.some((view) => view.q === q) && <ViewMenu name={own.find((view) => view.q === q)?.name ?? ""} />}
        {isNaming && <NameView q={q} onClose={() => setNaming(false)} />}
      </Suspense>
      {!isKept && (
        <Button look="quiet" icon="plus" onClick={() => setNaming(true)}>
          Keep this view
        </Button>
      )}
    </nav>
  );
}
