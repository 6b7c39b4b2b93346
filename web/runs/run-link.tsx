import { useRouter } from "@tanstack/react-router";
import type { MouseEvent, ReactNode } from "react";

interface RunLinkProps {
  readonly run: string;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A link to a run for lists of any length: one of the router's own costs as much as the rest of its row. */
export function RunLink({ run, className, children }: RunLinkProps) {
  const router = useRouter();
  const target = { to: "/runs/$run", params: { run } } as const;
  const base = router.basepath === "/" ? "" : router.basepath;
  const follow = (event: MouseEvent): void => {
    const isForBrowser = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (isForBrowser || event.defaultPrevented) return;
    event.preventDefault();
    void router.navigate(target);
  };
  return (
    <a
      href={`${base}/runs/${encodeURIComponent(run)}`}
      className={className}
      onClick={follow}
      onPointerEnter={() => void router.preloadRoute(target)}
    >
      {children}
    </a>
  );
}
