import type { ReactNode } from "react";
import { ApiError } from "../api/problem.ts";
import { Button } from "./button.tsx";
import { CopyButton } from "./copy-button.tsx";
import { Icon } from "./icon.tsx";
import { joinNames } from "./join-names.ts";

interface EmptyProps {
  readonly title: string;
  readonly isPage?: boolean; // there is nothing else on the screen: the title is its heading
  readonly children?: ReactNode; // what to do next
  readonly className?: string;
}

/** There is nothing to show, and that is no fault: says so, and what to do next. */
export function Empty({ title, isPage = false, children, className }: EmptyProps) {
  const Title = isPage ? "h1" : "p";
  return (
    <div className={joinNames("flex flex-col items-center gap-2 px-6 py-12 text-center", className)}>
      <Title className="text-base font-medium">{title}</Title>
      {children !== undefined && (
        <div className="flex max-w-prose flex-col items-center gap-2 text-soft">{children}</div>
      )}
    </div>
  );
}

interface ErrorStateProps {
  readonly what: string; // "The list of runs could not be loaded"
  readonly error: Error;
  readonly isPage?: boolean; // it stands for a whole screen: what failed is its heading
  readonly onRetry?: () => void;
}

/** What failed, why, the id to look for in the server's log, and a way to try again. */
export function ErrorState({ what, error, isPage = false, onRetry }: ErrorStateProps) {
  const Title = isPage ? "h1" : "p";
  const problem = error instanceof ApiError ? error : null;
  return (
    <div role="alert" className="m-3 flex gap-3 rounded-lg border border-danger/50 bg-danger-wash p-3">
      <span className="pt-0.5 text-danger">
        <Icon name="warning" />
      </span>
      <div className="flex min-w-0 flex-col gap-1">
        <Title className="font-medium">
          {what}
          {problem !== null && `: ${problem.title.toLowerCase()}`}
        </Title>
        <p className="break-words text-soft">{error.message}</p>
        {problem !== null && (
          <p className="flex flex-wrap items-center gap-x-2 font-mono text-xs text-soft">
            {problem.code}
            {problem.requestId !== null && (
              <>
                <span>request {problem.requestId}</span>
                <CopyButton text={problem.requestId} label="Copy the request's id" />
              </>
            )}
          </p>
        )}
        {onRetry !== undefined && (
          <div className="pt-1">
            <Button icon="retry" onClick={onRetry}>
              Try again
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}

/** Stands where rows will be. */
export function Skeleton({
  rows = 8,
  label = "Loading",
}: {
  readonly rows?: number;
  readonly label?: string;
}) {
  return (
    <div role="status" aria-label={label} className="flex flex-col gap-2 p-3">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="h-5 rounded bg-sunken" style={{ width: `${92 - ((row * 17) % 35)}%` }} />
      ))}
    </div>
  );
}
