import { Link } from "@tanstack/react-router";
import { buttonNames } from "../ui/button.tsx";
import { Empty, ErrorState, Skeleton } from "../ui/notices.tsx";

interface BrokenProps {
  readonly error: unknown; // anything can be thrown
  readonly reset: () => void;
}

/** A screen that broke: the shell around it still works. */
export function BrokenScreen({ error, reset }: BrokenProps) {
  return (
    <ErrorState
      isPage
      what="This screen could not be shown"
      error={error instanceof Error ? error : new Error(String(error))}
      onRetry={reset}
    />
  );
}

export function UnknownScreen() {
  return (
    <Empty isPage title="There is no such page">
      <p>The address may be of another version, or mistyped.</p>
      <Link to="/runs" className={buttonNames("primary")}>
        To the runs
      </Link>
    </Empty>
  );
}

export function LoadingScreen() {
  return <Skeleton />;
}
