import { memo, type PointerEvent, useRef } from "react";
import { toSpan } from "../../format/instants.ts";
import { toCount } from "../../format/numbers.ts";
import { toPlainLine } from "../../format/plain-text.ts";
import { Button } from "../../ui/button.tsx";
import { useMoment, useRun } from "../run-context.tsx";
import { subjectOf, wordsOf } from "./describe-event.ts";
import { type Marker, type MarkerKind, thinMarkers } from "./markers.ts";
import { PlayButtons } from "./play-buttons.tsx";
import { type ScrubSteps, useScrubKeys } from "./use-scrub-keys.ts";

/** Where in the history of the run everything on the screen stands. */
export function Scrubber() {
  const { view, isPast } = useRun();
  const steps = useScrubKeys();
  return (
    <section
      aria-label="Time travel"
      className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-t border-line bg-surface px-3 py-1.5"
    >
      <PlayButtons steps={steps} />
      <Track steps={steps} />
      <Place />
      {isPast ? (
        <Button onClick={() => steps.toPresent()}>Back to now</Button>
      ) : (
        <span className="text-xs text-faint">
          {view.isWhole ? "at the newest event" : `${toCount(view.length)} of ${toCount(view.last)} loaded`}
        </span>
      )}
    </section>
  );
}

/** "event 398 of 512 · 12.4 s · task failed load" */
function Place() {
  const { view } = useRun();
  const moment = useMoment();
  const text = useDescription();
  return (
    <span className="min-w-0 truncate text-xs text-soft max-sm:w-full" data-event={moment.n}>
      {moment.isPast && <strong className="pr-1 text-state-scheduled">viewing the past:</strong>}
      event {toCount(moment.n)} of {toCount(view.last)} · <bdi>{text}</bdi>
    </span>
  );
}

function useDescription(): string {
  const { view, head } = useRun();
  const event = view.eventAt(useMoment().n);
  if (event === null) return "";
  const subject = toPlainLine(subjectOf(event)).slice(0, 80);
  const since = toSpan(event.recordedAt - head.summary.createdAt);
  return `${wordsOf(event.type)}${subject === "" ? "" : ` ${subject}`}, ${since}`;
}

const markColors: Readonly<Record<MarkerKind, string>> = {
  failure: "var(--state-failed)",
  wait: "var(--state-waiting)",
  signal: "var(--accent)",
};
const markShapes: Readonly<Record<MarkerKind, string>> = {
  failure: "top-0 h-2.5 w-0.5",
  wait: "top-0.5 h-1.5 w-1.5 rounded-full",
  signal: "top-0 h-2 w-1",
};
const mostMarks = 120;

function Track({ steps }: { readonly steps: ScrubSteps }) {
  const { view } = useRun();
  const moment = useMoment();
  const track = useRef<HTMLDivElement>(null);
  const held = useRef<DOMRect | null>(null); // where the track lies, while somebody drags
  const text = useDescription();
  const follow = ({ clientX, buttons, currentTarget, pointerId, type }: PointerEvent): void => {
    if (type === "pointerdown") {
      currentTarget.setPointerCapture(pointerId);
      held.current = null;
    }
    if (buttons === 0 || track.current === null) return;
    held.current ??= track.current.getBoundingClientRect();
    steps.to(Math.round(((clientX - held.current.left) / held.current.width) * view.last));
  };
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label="Moment of the history"
      aria-valuemin={1}
      aria-valuemax={view.last}
      aria-valuenow={moment.n}
      aria-valuetext={`event ${moment.n} of ${view.last}, ${text}`}
      aria-keyshortcuts=", . < > Home End l"
      onPointerDown={follow}
      onPointerMove={follow}
      onKeyDown={(event) => {
        if (steps.byKey(event.key)) event.preventDefault();
      }}
      className="h-7 min-w-40 flex-1 max-sm:basis-full cursor-pointer touch-none py-1"
    >
      <div ref={track} className="relative h-full">
        <Marks markers={view.markers} last={view.last} />
        <div className="absolute inset-x-0 bottom-1 h-1 rounded bg-sunken shadow-[inset_0_0_0_1px_var(--line)]" />
        <Knob share={view.last === 0 ? 0 : moment.n / view.last} isPast={moment.isPast} />
      </div>
    </div>
  );
}

/** What is worth a look, above the track. */
const Marks = memo(({ markers, last }: { readonly markers: readonly Marker[]; readonly last: number }) =>
  thinMarkers(markers, last, mostMarks).map(({ position, kind }) => (
    <i
      key={position}
      className={`absolute -translate-x-1/2 ${markShapes[kind]}`}
      style={{ left: `${(position / last) * 100}%`, background: markColors[kind] }}
    />
  )),
);

/** Moved and stretched by the compositor: a step lays nothing out anew. */
function Knob({ share, isPast }: { readonly share: number; readonly isPast: boolean }) {
  const background = isPast ? "var(--state-scheduled)" : "var(--accent)";
  return (
    <>
      <div
        className="absolute inset-x-0 bottom-1 h-1 origin-left rounded"
        style={{ transform: `scaleX(${share})`, background }}
      />
      <div
        className="pointer-events-none absolute inset-y-0 right-full w-full"
        style={{ transform: `translateX(${share * 100}%)` }}
      >
        <div
          className="absolute right-0 -bottom-0.5 h-4 w-4 translate-x-1/2 rounded-full border-2 border-surface"
          style={{ background }}
        />
      </div>
    </>
  );
}
