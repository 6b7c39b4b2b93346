import { Button } from "../../ui/button.tsx";
import { Select, TextInput } from "../../ui/field.tsx";
import { Empty } from "../../ui/notices.tsx";
import { useRun, useRunSearch } from "../run-context.tsx";
import { Minimap } from "./minimap.tsx";
import { TimelineCanvas } from "./timeline-canvas.tsx";
import { type Timeline, useTimeline } from "./use-timeline.ts";
import { clampWindow, wholeAxis } from "./window.ts";

/** When what ran, and what it waited for. */
export function TimelineTab() {
  const timeline = useTimeline();
  const [{ errors }, change] = useRunSearch();
  return (
    <>
      <Toolbar timeline={timeline} />
      {timeline.lanes.length > 0 ? (
        <TimelineCanvas timeline={timeline} />
      ) : errors === true ? (
        <Empty title="No call has failed">
          <Button onClick={() => change({ errors: undefined })}>Show all calls</Button>
        </Empty>
      ) : (
        <Empty title="The flow has called nothing yet">
          <p>Its tasks, sleeps, waits and child runs appear here as it asks for them.</p>
        </Empty>
      )}
    </>
  );
}

function Toolbar({ timeline }: { readonly timeline: Timeline }) {
  const { head } = useRun();
  const [{ group = "map", errors = false, idle = "hidden", attempt }, change] = useRunSearch();
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line px-3 py-1.5">
      <Select
        aria-label="Group lanes by"
        value={group}
        onChange={({ target: { value } }) =>
          change({ group: value === "task" || value === "worker" ? value : undefined })
        }
      >
        <option value="map">by call</option>
        <option value="task">by task</option>
        <option value="worker">by worker</option>
      </Select>
      {head.attempts.length > 1 && (
        <Select
          aria-label="Attempt of the flow"
          value={attempt ?? ""}
          onChange={({ target: { value } }) =>
            change({ attempt: value === "" ? undefined : Number(value), zoom: undefined })
          }
        >
          <option value="">all attempts</option>
          {head.attempts.map((known) => (
            <option key={known.attempt} value={known.attempt}>
              attempt {known.attempt}
            </option>
          ))}
        </Select>
      )}
      <Switch isOn={errors} onChange={(isOn) => change({ errors: isOn || undefined })}>
        errors only
      </Switch>
      <Switch
        isOn={idle === "hidden"}
        onChange={(isOn) => change({ idle: isOn ? undefined : "shown", zoom: undefined })}
      >
        hide idle time
      </Switch>
      <Minimap timeline={timeline} />
      <ZoomFields timeline={timeline} />
    </div>
  );
}

interface SwitchProps {
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
  readonly children: string;
}

function Switch({ isOn, onChange, children }: SwitchProps) {
  return (
    <label className="inline-flex min-h-6 items-center gap-1.5 whitespace-nowrap text-soft">
      <input
        type="checkbox"
        className="size-4 accent-accent"
        checked={isOn}
        onChange={({ target }) => onChange(target.checked)}
      />
      {children}
    </label>
  );
}

/** The brush for those who do not drag: from and to, in seconds since the begin of the run. */
function ZoomFields({ timeline: { axis, window, setWindow } }: { readonly timeline: Timeline }) {
  const secondsAt = (unit: number): string => ((axis.toTime(unit) - axis.from) / 1_000).toFixed(2);
  const unitOf = (seconds: string): number => axis.toUnit(axis.from + Number(seconds) * 1_000);
  const { start, end } = window;
  const isWhole = start === 0 && end === 1;
  const common = {
    type: "number",
    step: "any",
    className: "w-18 text-right max-sm:w-16",
  } as const;
  return (
    <span className="inline-flex flex-wrap items-center gap-1 text-xs text-soft">
      <TextInput
        {...common}
        aria-label="From second"
        key={`from ${start}`}
        defaultValue={secondsAt(start)}
        onBlur={({ target: { value } }) => {
          if (value !== "" && value !== secondsAt(start))
            setWindow(clampWindow({ start: unitOf(value), end }));
        }}
      />
      to
      <TextInput
        {...common}
        aria-label="To second"
        key={`to ${end}`}
        defaultValue={secondsAt(end)}
        onBlur={({ target: { value } }) => {
          if (value !== "" && value !== secondsAt(end)) setWindow(clampWindow({ start, end: unitOf(value) }));
        }}
      />
      s
      <Button look="quiet" disabled={isWhole} onClick={() => setWindow(wholeAxis)}>
        Fit
      </Button>
    </span>
  );
}
