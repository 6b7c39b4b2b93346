import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { encodeValue } from "../../src/events/codec.ts";
import { RunCreated } from "../../src/events/run-events.ts";
import { leaseKey } from "../../src/redis/keys.ts";
import { joinRoster, type WorkerCard } from "../../src/redis/roster.ts";
import { Client } from "../../src/workers/client.ts";
import { catchUp } from "../../src/workers/projections.ts";
import { countListed, listRuns, type RunFilter, type RunRow, toRow } from "../../src/workers/run-list.ts";
import { settingsFromEnvironment } from "../../src/workers/settings.ts";
import {
  blocked,
  completed,
  createOwned,
  createWaiting,
  newRunId,
  step,
  turn,
} from "../support/log-suite-events.ts";
import { type OpenRedisLog, openRedisLog } from "../support/log-suite-redis.ts";

const alive = { worker: "alive", epoch: 1 };
let opened: OpenRedisLog;
let client: Client;
const runs = new Map<string, string>(); // what it is -> its id

beforeAll(async () => {
  opened = await openRedisLog(inject("redisUrl"), 2);
  client = new Client({
    ...opened,
    settings: settingsFromEnvironment(),
    warnings: [],
    isThere: () => true,
    close: opened.close,
  });
  const card: WorkerCard = {
    id: "alive",
    host: "h",
    pid: 1,
    queues: ["default"],
    flows: ["served"],
    startedAt: 0,
    isLocal: false,
    lanes: {},
    code: {},
  };
  await joinRoster(opened.redis, opened.namespace.name, card);
  await opened.redis.persist(leaseKey(opened.namespace.name, card.id)); // nobody renews it
  await makeRuns();
  await catchUp(client.store);
});
afterAll(async () => client.close());

/** One run of every kind; "w1", their owner unless told, is dead. */
async function makeRuns(): Promise<void> {
  const { log } = opened;
  runs.set("waiting", await createWaiting(log));
  runs.set("taken", await create("orders"));
  runs.set("running", await create("orders"));
  await step(log, runs.get("running")!, { owner: alive, events: [turn(1)] });
  runs.set("owner died", await createOwned(log));
  await step(log, runs.get("owner died")!, { events: [turn(1)] });
  runs.set("suspended", await createOwned(log));
  await step(log, runs.get("suspended")!, { events: [turn(1)], after: "park" });
  runs.set("parked and served", await create("served"));
  await step(log, runs.get("parked and served")!, { owner: alive, events: [turn(1)], after: "park" });
  runs.set("lost", await createOwned(log));
  await log.takeFrom(runs.get("lost")!, { worker: "w1", epoch: 1 }, "worker:sweeper");
  runs.set("lost, then suspended", await createOwned(log));
  await log.takeFrom(runs.get("lost, then suspended")!, { worker: "w1", epoch: 1 }, "worker:sweeper");
  const claim = await log.claim(runs.get("lost, then suspended")!, "w2", { instead: null });
  if (claim.status !== "ok") throw new Error(`not claimed: ${claim.status}`);
  const owner = { worker: "w2", epoch: 2 };
  await step(log, runs.get("lost, then suspended")!, { owner, events: [turn(1, 2)], after: "park", seen: 2 });
  runs.set("blocked", await createOwned(log));
  await step(log, runs.get("blocked")!, { events: [blocked()], after: "block" });
  runs.set("completed", await createOwned(log));
  await step(log, runs.get("completed")!, { events: [turn(1), completed()], after: "end" });
}

/** A run that the living worker owns from the start. */
async function create(flow: string): Promise<string> {
  const run = newRunId();
  const data = {
    name: "brisk-otter",
    queue: "default",
    tags: [],
    root: null,
    source: null,
    traceparent: null,
    links: null,
    startAt: null,
    idempotencyKey: null,
  };
  const event = RunCreated.make({ ...data, flow, input: encodeValue(null), createdAt: 1 });
  await opened.log.create({ run, actor: "x", events: [event], owner: alive, ends: false, dueInMs: null });
  return run;
}

async function list(filter: RunFilter, limit = 100): Promise<readonly RunRow[]> {
  const rows: RunRow[] = [];
  for (let cursor: string | null = null; ; ) {
    const page = await listRuns(client, filter, { limit, cursor });
    rows.push(...page.rows);
    if (page.next === null) return rows;
    cursor = page.next;
  }
}

describe("a list of runs", () => {
  test("says of each run what its stream and its owner say", async () => {
    const rows = await list({});

    const roster = await client.roster();
    expect(rows).toHaveLength(runs.size);
    for (const row of rows) expect(row).toEqual(toRow((await client.outline(row.id))!, roster));
    const states = new Map(rows.map(({ id, state }) => [id, `${state.type} ${state.name}`]));
    expect(Object.fromEntries([...runs].map(([what, id]) => [what, states.get(id)]))).toEqual({
      waiting: "SCHEDULED Scheduled",
      taken: "PENDING Pending",
      running: "RUNNING Running",
      "owner died": "CRASHED Crashed",
      suspended: "PAUSED Suspended",
      "parked and served": "RUNNING Running",
      lost: "CRASHED Crashed",
      "lost, then suspended": "PAUSED Suspended",
      blocked: "PAUSED Blocked",
      completed: "COMPLETED Completed",
    });
  });

  test.each([
    "scheduled",
    "Pending",
    "RUNNING",
    "crashed",
    "Suspended",
    "paused",
    "Blocked",
    "completed",
    "Failed",
  ])("finds the runs that are %s now, in pages of any size, and counts them", async (state) => {
    const all = await list({});
    const expected = all.filter((row) =>
      [row.state.type, row.state.name].some((word) => word.toLowerCase() === state.toLowerCase()),
    );

    expect(await list({ states: [state] })).toEqual(expected);
    expect(await list({ states: [state] }, 1)).toEqual(expected);
    expect(await countListed(client, { states: [state] })).toBe(expected.length);
  });

  test("filters by the input of runs", async () => {
    const fitting = await list({ parameters: { day: 1 } });

    expect(fitting.map(({ flow }) => flow)).not.toContain("served");
    expect(fitting).toHaveLength(runs.size - 3); // the three that `create` made have another input
    expect(await list({ parameters: { day: 2 } })).toEqual([]);
    expect(await countListed(client, { parameters: { day: 1 }, states: ["completed"] })).toBe(1);
  });
});
