import { useEffect, useEffectEvent, useRef, useState } from "react";
import { IconButton } from "../../ui/button.tsx";
import { Select } from "../../ui/field.tsx";
import { useRun } from "../run-context.tsx";
import { advance, type PlayPoint, type Speed, speeds } from "./playback.ts";
import type { ScrubSteps } from "./use-scrub-keys.ts";

/** Steps, and a playback of the history at a speed of choice. */
export function PlayButtons({ steps }: { readonly steps: ScrubSteps }) {
  const { isPast } = useRun();
  const [speed, setSpeed] = useState<Speed>(1);
  const [isPlaying, setPlaying] = useState(false);
  usePlayback(isPlaying, speed, () => setPlaying(false));
  const play = (): void => {
    if (!isPlaying && !isPast) steps.toStart(); // from the end there is nothing to play
    setPlaying(!isPlaying);
  };
  return (
    <div className="flex items-center gap-0.5">
      <IconButton icon="first" label="First event (Home)" onClick={() => steps.toStart()} />
      <IconButton icon="left" label="One event back (,)" onClick={() => steps.by(-1)} />
      <IconButton
        icon={isPlaying ? "pause" : "launch"}
        label={isPlaying ? "Pause the playback" : "Play the history"}
        aria-pressed={isPlaying}
        onClick={play}
      />
      <IconButton icon="right" label="One event on (.)" onClick={() => steps.by(1)} />
      <IconButton icon="last" label="Newest event (End)" onClick={() => steps.toPresent()} />
      <Select
        aria-label="Speed of the playback"
        className="w-18"
        value={speed}
        onChange={({ target }) => {
          const chosen = speeds.find((known) => String(known) === target.value);
          if (chosen !== undefined) setSpeed(chosen);
        }}
      >
        {speeds.map((known) => (
          <option key={known} value={known}>
            {known === 0.5 ? "½" : known}×
          </option>
        ))}
      </Select>
    </div>
  );
}

/** Moves the scrubber frame by frame until it is at the end. */
function usePlayback(isPlaying: boolean, speed: Speed, onEnd: () => void): void {
  const { looking, view, goTo } = useRun();
  const point = useRef<PlayPoint>({ n: 0, stayedMs: 0 });
  const tick = useEffectEvent((elapsedMs: number) => {
    const shown = looking().n;
    const from = point.current.n === shown ? point.current : { n: shown, stayedMs: 0 };
    const atOf = (n: number): number => view.eventAt(n)?.recordedAt ?? 0;
    point.current = advance(from, elapsedMs, { speed, last: view.last, atOf });
    const { n } = point.current;
    if (n >= view.last) {
      goTo(null);
      onEnd();
    } else if (n !== shown) goTo(n);
  });
  useEffect(() => {
    if (!isPlaying) return;
    let before = performance.now();
    let frame = requestAnimationFrame(function show(now) {
      tick(Math.max(0, now - before));
      before = now;
      frame = requestAnimationFrame(show);
    });
    return () => cancelAnimationFrame(frame);
  }, [isPlaying]);
}
