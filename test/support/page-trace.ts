import type { Page } from "playwright-core";
import { z } from "zod";

const Traced = z.object({
  name: z.string(),
  ph: z.string(),
  ts: z.number(), // µs
  dur: z.number().optional(), // µs by the clock
  tdur: z.number().optional(), // µs of the thread's own time: what other processes of the machine do does not count
  pid: z.number(),
  tid: z.number(),
});

/** What one thread of the page did from one mark of the page to the next. Milliseconds. */
export interface TracedStep {
  readonly cpuMs: number;
  readonly longestMs: number; // the longest task, by its own time
}

const categories = ["devtools.timeline", "toplevel", "blink.user_timing"];
const taskName = "ThreadControllerImpl::RunTask";
const prefix = "step:";

/** Script for the page: begins the next step of a trace. */
export const nextStep = `performance.mark("${prefix}" + performance.now())`;

/** Carries out something that marks its steps, and tells what each cost the page's main thread. */
export async function traceSteps(page: Page, act: () => Promise<void>): Promise<readonly TracedStep[]> {
  const browser = page.context().browser();
  if (browser === null) throw new Error("the page has no browser");
  await browser.startTracing(page, { categories });
  await act();
  const text = (await browser.stopTracing()).toString();
  const { traceEvents } = z.object({ traceEvents: z.array(z.unknown()) }).parse(JSON.parse(text));
  const events = traceEvents.flatMap((event) => Traced.safeParse(event).data ?? []);
  const marks = events.filter(({ name }) => name.startsWith(prefix)).sort((one, other) => one.ts - other.ts);
  const [main] = marks;
  if (main === undefined) throw new Error("the page marked no step");
  const tasks = events.filter(
    ({ name, ph, pid, tid }) => name === taskName && ph === "X" && pid === main.pid && tid === main.tid,
  );
  return marks.slice(0, -1).map(({ ts }, index) => {
    const until = marks[index + 1]?.ts ?? ts;
    const own = tasks.filter((task) => task.ts >= ts && task.ts < until).map(({ tdur = 0 }) => tdur / 1_000);
    return { cpuMs: own.reduce((sum, ms) => sum + ms, 0), longestMs: Math.max(0, ...own) };
  });
}
