import { useEffect, useSyncExternalStore } from "react";
import { toClock, toDistance, toInstant, toShortInstant, toSpan } from "../format/instants.ts";

/** One second hand for the whole page: components that show a moving time tick together, and only while visible. */
class SecondHand {
  readonly #watchers = new Set<() => void>();
  #nowMs = Date.now();
  #timer: ReturnType<typeof setInterval> | null = null;

  watch = (changed: () => void): (() => void) => {
    this.#watchers.add(changed);
    this.#timer ??= setInterval(() => this.tick(), 1_000);
    return () => {
      this.#watchers.delete(changed);
      if (this.#watchers.size > 0 || this.#timer === null) return;
      clearInterval(this.#timer);
      this.#timer = null;
    };
  };

  now = (): number => this.#nowMs;

  tick(): void {
    if (document.hidden) return;
    this.#nowMs = Date.now();
    for (const changed of this.#watchers) changed();
  }
}

const secondHand = new SecondHand();

/** The present second, as epoch ms. */
export function useNow(): number {
  useEffect(() => secondHand.tick(), []); // it may have stood still since the last one looked
  return useSyncExternalStore(secondHand.watch, secondHand.now);
}

/** An instant in a row; the whole of it in the tooltip. */
export function Time({ at }: { readonly at: number | null }) {
  const now = useNow();
  if (at === null) return <span className="text-faint">–</span>;
  return (
    <time dateTime={new Date(at).toISOString()} title={`${toInstant(at)} (${toDistance(at, now)})`}>
      {toShortInstant(at, now)}
    </time>
  );
}

/** How long ago, or how soon. */
export function Ago({ at }: { readonly at: number }) {
  const now = useNow();
  return (
    <time dateTime={new Date(at).toISOString()} title={toInstant(at)}>
      {toDistance(at, now)}
    </time>
  );
}

interface DurationProps {
  readonly from: number | null; // null = not begun
  readonly to: number | null; // null = not ended
}

/** How long something took, or takes until now. */
export function Duration({ from, to }: DurationProps) {
  if (from === null) return <span className="text-faint">–</span>;
  return to === null ? <Running from={from} /> : <span>{toSpan(to - from)}</span>;
}

function Running({ from }: { readonly from: number }) {
  const now = useNow();
  return <span title={`since ${toClock(from)}`}>{toSpan(now - from)}</span>;
}
