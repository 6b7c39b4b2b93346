import type { RecordedEvent } from "../../events/envelope.ts";
import { type DivergenceSide, firstDivergence } from "../../projections/compare-runs.ts";
import { pictureAt } from "../../projections/fold-picture.ts";
import { type RunPicture, taskStateIn } from "../../projections/run-picture.ts";
import type { TaskPicture } from "../../projections/task-picture.ts";
import type { Client } from "../../workers/client.ts";
import { decodeData } from "../../workers/decode-event.ts";
import { readLiveStates } from "../../workers/live-states.ts";
import type { Answerer } from "../ask.ts";
import type { Comparison } from "../contract/compare.ts";
import { toRunRow } from "./run-row.ts";

interface Compared {
  readonly events: readonly RecordedEvent[];
  readonly picture: RunPicture;
}

export const answerCompare: Answerer<"compare"> = async ({ query, client }) => {
  const [a, b] = await Promise.all([read(client, query.a), read(client, query.b)]);
  const roster = await client.roster();
  const sides = [a, b].map(({ picture: { summary } }) => ({ summary, aside: null }));
  const states = await readLiveStates(client, sides, roster);
  const [rowA, rowB] = sides.flatMap((side, index) => {
    const state = states[index];
    return state === undefined ? [] : [toRunRow({ ...side, state })];
  });
  if (rowA === undefined || rowB === undefined) throw new Error("each run has a state");
  const leniency = { ignoreValues: query.values === "false", ignoreOrder: query.order === "false" };
  const found = firstDivergence(a.events, b.events, leniency);
  const first =
    found === null
      ? null
      : {
          kind: found.kind,
          text: texts[found.kind] ?? found.kind,
          a: toSide(found.one),
          b: toSide(found.other),
        };
  return { a: rowA, b: rowB, first, tasks: await compareTasks(client, a, b) };
};

async function read(client: Client, reference: string): Promise<Compared> {
  const { run } = await client.find(reference);
  const events = await client.events(run);
  return { events, picture: pictureAt(events, events.length) };
}

function toSide({ turn, event, isThere }: DivergenceSide) {
  return { turn, position: event.position, type: event.type, isThere };
}

const texts: Readonly<Record<string, string>> = {
  flow: "They are runs of different flows.",
  input: "Their inputs differ.",
  step: "Their ways part.",
  arguments: "The same call has other arguments.",
  outcome: "The same task ended in another state.",
  result: "The same task gave another result.",
  payload: "The same came from outside with another value.",
  error: "It failed with another error.",
  end: "They ended in different states.",
  output: "Their flows returned different values.",
  missing: "One of them has nothing like what the other one has.",
};

type ComparedTask = Comparison["tasks"][number];

async function compareTasks(client: Client, a: Compared, b: Compared): Promise<ComparedTask[]> {
  const keys = new Set([...a.picture.tasks.keys(), ...b.picture.tasks.keys()]);
  return Promise.all(
    [...keys].map(async (key) => {
      const [one, other] = [a.picture.tasks.get(key), b.picture.tasks.get(key)];
      const name = one?.name ?? other?.name ?? key;
      const sides = { a: taskSide(a, one), b: taskSide(b, other) };
      if (one === undefined || other === undefined)
        return { key, name, ...sides, sameInput: null, sameOutput: null };
      return {
        key,
        name,
        ...sides,
        sameInput: await isSame(client, [a, one.position], [b, other.position], "input"),
        sameOutput: await isSame(client, [a, one.endPosition], [b, other.endPosition], "output"),
      };
    }),
  );
}

function taskSide({ picture }: Compared, task: TaskPicture | undefined): ComparedTask["a"] {
  if (task === undefined) return null;
  const { attempts, position, endPosition, endedAt } = task;
  const startedAt = attempts[0]?.startedAt ?? null;
  const error = attempts.at(-1)?.error ?? null;
  return {
    state: taskStateIn(picture, task),
    ms: endedAt === null || startedAt === null ? null : Math.max(0, endedAt - startedAt),
    attempts: attempts.length,
    position,
    endPosition,
    error: error === null ? null : `${error.name}: ${error.message}`,
  };
}

type Place = readonly [Compared, number | null];

/** null = one of them has none. Values are compared as they were recorded. */
async function isSame(client: Client, one: Place, other: Place, field: string): Promise<boolean | null> {
  const [left, right] = await Promise.all([valueAt(client, one, field), valueAt(client, other, field)]);
  return left === undefined || right === undefined ? null : left === right;
}

async function valueAt(
  client: Client,
  [{ events }, position]: Place,
  field: string,
): Promise<string | undefined> {
  const event = position === null ? undefined : events[position - 1];
  if (event === undefined) return undefined;
  const recorded = new Map<string, unknown>(Object.entries(event.data)).get(field);
  if (recorded === undefined || recorded === null) return undefined;
  if (recorded instanceof Uint8Array) return Buffer.from(recorded).toString("base64");
  const data = await decodeData(event, client.payloads);
  return JSON.stringify(new Map(Object.entries(data)).get(field));
}
