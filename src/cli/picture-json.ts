import type { RecordedEvent } from "../events/envelope.ts";
import { type RunPicture, taskStateIn } from "../projections/run-picture.ts";
import { reasonsOf } from "../projections/run-reasons.ts";
import type { TaskPicture } from "../projections/task-picture.ts";
import { toIso } from "./format.ts";

/** A run after one of its events. */
export interface Moment {
  readonly event: RecordedEvent;
  readonly events: number; // of the run, up to now
  readonly picture: RunPicture;
  /** The data of an event, with its values decoded. */
  readonly valuesAt: (position: number) => Promise<Readonly<Record<string, unknown>>>;
}

/** A picture as one JSON object: instants as text, values decoded. */
export async function toJsonPicture(moment: Moment): Promise<unknown> {
  const { event, events, picture, valuesAt } = moment;
  const { summary, owner } = picture;
  const { run, name, flow, state, stateName, message, startedAt, endedAt } = summary;
  const { parent, parentKey, root, continuedFrom, continuedTo, forkedFrom } = summary;
  const { input } = await valuesAt(1);
  const { output = null } = endedAt === null ? {} : await valuesAt(summary.position);
  const reasons = reasonsOf(picture).map(({ text, when }) => ({
    text,
    when: when === null ? null : { what: when.what, at: toIso(when.at) },
  }));
  return {
    run,
    name,
    flow,
    at: { position: event.position, of: events, type: event.type, time: toIso(event.recordedAt) },
    state: { type: state, name: stateName, message },
    why: reasons,
    links: { parent, parentKey, root, continuedFrom, continuedTo, forkedFrom },
    attempts: picture.attempts.map((attempt) =>
      withIso(attempt, ["askedAt", "notBefore", "beganAt", "endedAt"]),
    ),
    pause: picture.pause === null ? null : withIso(picture.pause, ["at"]),
    cancellation: picture.cancellation === null ? null : withIso(picture.cancellation, ["at"]),
    patches: picture.patches,
    input,
    result: output,
    owner: owner === null ? null : { ...owner, at: toIso(owner.at) },
    started: toIso(startedAt),
    ended: toIso(endedAt),
    problems: picture.problems.map((problem) => withIso(problem, ["at", "clearedAt"])),
    tasks: await Promise.all([...picture.tasks.values()].map(async (task) => toJsonTask(task, moment))),
    timers: [...picture.timers.values()].map((timer) =>
      withIso(timer, ["startedAt", "dueAt", "firedAt", "closedAt"]),
    ),
    waits: [...picture.waits.values()].map((wait) => withIso(wait, ["awaitedAt", "closedAt"])),
    signals: await Promise.all(
      [...picture.signals.values()].map(async (signal) => {
        const { payload = null } = await valuesAt(signal.position);
        return { ...withIso(signal, ["receivedAt"]), payload };
      }),
    ),
    children: await Promise.all(
      [...picture.children.values()].map(async (child) => {
        const { output = null, error = null } =
          child.endPosition === null ? {} : await valuesAt(child.endPosition);
        return { ...withIso(child, ["scheduledAt", "endedAt", "closedAt"]), result: output, error };
      }),
    ),
    updates: [...picture.updates.values()].map((update) => withIso(update, ["requestedAt", "answeredAt"])),
    turns: picture.turns.map((turn) => withIso(turn, ["takenAt"])),
    inbox: [...picture.inbox.values()],
  };
}

async function toJsonTask(task: TaskPicture, { picture, valuesAt }: Moment): Promise<unknown> {
  const { input } = await valuesAt(task.position);
  const { output = null, error = null } = task.endPosition === null ? {} : await valuesAt(task.endPosition);
  const attempts = task.attempts.map((attempt) => withIso(attempt, ["startedAt", "endedAt"]));
  const dated = withIso(task, ["scheduledAt", "retryAt", "endedAt", "leftAt"]);
  return { ...dated, state: taskStateIn(picture, task), attempts, input, result: output, error };
}

/** With instants as ISO text: `endedAt` becomes `ended`. */
function withIso<Item extends object>(item: Item, instants: readonly (keyof Item & string)[]): object {
  return Object.fromEntries(
    Object.entries(item).map(([field, value]: [string, unknown]) =>
      instants.some((instant) => instant === field)
        ? [field.replace(/At$/, ""), typeof value === "number" ? toIso(value) : null]
        : [field, value],
    ),
  );
}
