import { useEffect, useRef } from "react";
import { toSpan } from "../format/instants.ts";
import { toCounted } from "../format/numbers.ts";
import { colorOf, markOf, toWords } from "../format/states.ts";

interface Bar {
  readonly run: string;
  readonly state: string;
  readonly stateName: string;
  readonly ms: number | null; // null = it has not begun, or not ended
}

interface RunBarsProps {
  readonly bars: readonly Bar[]; // newest first
}

const step = 5; // pixels from bar to bar
const height = 24;

/** The last runs of a flow, oldest at the left: height is duration, colour is the end. One canvas, however many. */
export function RunBars({ bars }: RunBarsProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const draw = (): void => drawBars(element, bars);
    draw();
    const theme = new MutationObserver(draw);
    theme.observe(document.documentElement, { attributes: true });
    return () => theme.disconnect();
  }, [bars]);
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={describe(bars)}
      title={describe(bars)}
      width={40 * step}
      height={height}
      style={{ width: 40 * step, height }}
      className="block max-w-full"
    />
  );
}

/** What the picture says, in words: its twin for those who do not see it. */
function describe(bars: readonly Bar[]): string {
  const counts = new Map<string, number>();
  for (const { stateName } of bars) counts.set(stateName, (counts.get(stateName) ?? 0) + 1);
  const parts = [...counts].map(([name, count]) => `${count} ${toWords(name)}`);
  const last = bars[0];
  const lastly =
    last === undefined
      ? ""
      : `; the last ${toWords(last.stateName)}${last.ms === null ? "" : ` after ${toSpan(last.ms)}`}`;
  return `${toCounted(bars.length, "run")}: ${parts.join(", ")}${lastly}`;
}

function drawBars(element: HTMLCanvasElement, bars: readonly Bar[]): void {
  const context = element.getContext("2d");
  if (context === null) return;
  const ratio = devicePixelRatio;
  element.width = 40 * step * ratio;
  element.height = height * ratio;
  context.scale(ratio, ratio);
  const style = getComputedStyle(document.documentElement);
  const shown = Math.min(40, bars.length);
  const longest = Math.max(1, ...bars.map(({ ms }) => ms ?? 0));
  for (const [index, { state, stateName, ms }] of bars.slice(0, 40).entries()) {
    const mark = markOf(state, stateName);
    context.fillStyle = style.getPropertyValue(colorOf(mark).slice(4, -1));
    // The root: one run of an hour does not make all the others vanish.
    const size = ms === null ? height : 4 + Math.sqrt(ms / longest) * (height - 4);
    context.globalAlpha = ms === null ? 0.35 : 1;
    context.fillRect((shown - 1 - index) * step, height - size, step - 1, size);
  }
}
