import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodeValue } from "../../../src/events/codec.ts";
import { Beats } from "../../../src/redis/beats.ts";
import { claimRun } from "../../../src/redis/claim.ts";
import { CommitWriter } from "../../../src/redis/commit.ts";
import type { CommitItem } from "../../../src/redis/commit-item.ts";
import { takeDue } from "../../../src/redis/due.ts";
import { CoverReader } from "../../../src/redis/each-index.ts";
import { exchangeSlots } from "../../../src/redis/exchange-slots.ts";
import { leaveRun, reopenRun } from "../../../src/redis/reopen.ts";
import { RedisResultCache } from "../../../src/redis/result-cache.ts";
import type { RedisConnection } from "../../../src/redis/script.ts";
import { switchTo } from "../../../src/redis/view-builds.ts";
import { type StoreBatch, storeView } from "../../../src/redis/view-store.ts";
import { taskDone, turn } from "../../support/log-suite-events.ts";

const room = new URL("../../../src/redis/", import.meta.url);
const scripts = readdirSync(new URL("scripts/", room)).map((file) => file.replace(".lua", ""));
const namespace = { name: "test", shards: 1 };

const copied = { createdAt: 1, bodies: [new Uint8Array(7), new Uint8Array(8)] };
const item: CommitItem = {
  run: "r1",
  kind: "fact",
  owner: "w1",
  epoch: 11,
  batch: 12,
  seen: 13,
  after: "keep",
  dueIn: 14,
  dedupe: "d",
  attempt: "a",
  holder: "h",
  tasks: ["t"],
  actor: "client:x",
  events: [turn(1), taskDone("t")],
};

const task = { run: "r1", key: "extract#1" };
const place = { namespace, shard: 0, build: "b1" };
const summary = { run: "r1", createdAt: 15, bytes: Buffer.from("doc"), leaves: [], enters: [] };
const changes = { runs: [summary], documents: [] };
const mark = { feed: "16-0", count: 17 };
const batch: StoreBatch = { seq: 18, batch: "b", mark, changes, aside: [], healed: [] };

/** How each script is called; `items` counts what may repeat (keys, arguments). */
const callers: Readonly<Record<string, (redis: RedisConnection) => Promise<unknown>>> = {
  beat: async (redis) => new Beats(redis, namespace).keep(task, "w1", Buffer.from("d")),
  claim: async (redis) => claimRun(redis, namespace, { run: "r1", worker: "w1", instead: null }),
  commit: async (redis) => new CommitWriter(redis, namespace).write(item),
  "each-index": async (redis) =>
    new CoverReader({ redis, namespace, signature: "s1" }, place, { kind: "runs" }).ask("ZCARD", "x"),
  leave: async (redis) => leaveRun(redis, namespace, "r1"),
  reopen: async (redis) =>
    reopenRun(redis, namespace, { run: "r1", actor: "client:x", events: [turn(1)], seen: 19 }, copied),
  "make-result": async (redis) => new RedisResultCache(redis, namespace).make("k1", "w1 r1 a#1", false),
  "release-attempt": async (redis) =>
    new Beats(redis, namespace).release(task, 2, { worker: "w1", details: null }),
  "exchange-slots": async (redis) => {
    const nothing = { give: [], take: [], look: [], bury: [] };
    return exchangeSlots(redis, { namespace: "test", worker: "w1" }, nothing);
  },
  "store-view": async (redis) => storeView(redis, place, batch),
  "switch-view": async (redis) => switchTo(redis, place, "s1"),
  "take-beats": async (redis) => new Beats(redis, namespace).takeOverdue(0),
  "take-due": async (redis) => takeDue(redis, namespace, 0),
};
const repeating: Readonly<Record<string, { readonly KEYS: number; readonly ARGV: number }>> = {
  commit: { KEYS: 2, ARGV: 0 },
  "each-index": { KEYS: 1, ARGV: 1 },
  reopen: { KEYS: 0, ARGV: copied.bodies.length },
  "store-view": { KEYS: 1, ARGV: 5 }, // one write with two arguments
};

interface Call {
  readonly keys: readonly string[];
  readonly args: readonly unknown[];
}

/** What a caller sends; the connection is a hand-made one that answers with an error. */
async function callOf(script: string): Promise<Call> {
  const calls: Call[] = [];
  const redis: Record<string, unknown> = {
    defineCommand: (name: string) => {
      redis[`${name}Buffer`] = async (count: number, ...rest: readonly string[]) => {
        calls.push({ keys: rest.slice(0, count), args: rest.slice(count) });
        throw new Error("no more than this was asked");
      };
    },
  };
  await callers[script]?.(redis as unknown as RedisConnection).catch(() => undefined);
  if (calls[0] === undefined) throw new Error(`nobody calls ${script}.lua`);
  return calls[0];
}

type Kind = "KEYS" | "ARGV";

interface Header {
  readonly names: readonly string[]; // in order, from 1 on
  readonly repeats: { readonly from: number; readonly names: readonly string[] } | null;
}

function readScript(script: string): { readonly head: string; readonly body: string } {
  const text = readFileSync(new URL(`scripts/${script}.lua`, room), "utf8");
  const [, head, body] = /^--\[\[\n(.*?)\n\]\]\n(.*)$/s.exec(text) ?? [];
  if (head === undefined || body === undefined) throw new Error(`${script}.lua does not begin with a header`);
  return { head, body: body.replaceAll(/--.*$/gm, "") };
}

function readHeader(head: string, kind: Kind): Header {
  const lines = [...head.matchAll(new RegExp(`^${kind}\\[(\\d+)(\\+?)\\]\\s+(\\w+(?:, \\w+)*)\\s`, "gm"))];
  const entries = lines.map(([, index, plus, names = ""]) => ({
    index: Number(index),
    plus,
    names: names.split(", "),
  }));
  expect(entries.map(({ index }) => index)).toEqual(entries.map((_, index) => index + 1));
  const last = entries.at(-1);
  const fixed = entries.filter(({ plus }) => plus === "");
  return {
    names: fixed.flatMap(({ names }) => names),
    repeats: last?.plus === "+" ? { from: last.index, names: last.names } : null,
  };
}

/** The local name that the body gives to each `KEYS[n]`, by n. */
function namesInBody(body: string, kind: Kind): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const [, left = "", right = ""] of body.matchAll(/^local ([\w, ]+) = (.*(?:KEYS|ARGV)\[.*)$/gm)) {
    const names = left.split(", ");
    for (const [place, value] of right.split(", ").entries()) {
      const index = new RegExp(`${kind}\\[(\\d+)\\]`).exec(value)?.[1];
      if (index !== undefined) found.set(Number(index), names[place] ?? "");
    }
  }
  return found;
}

test("every script is loaded by one module, and has its caller in this test", () => {
  const modules = readdirSync(room, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  const sources = modules.map((file) => readFileSync(new URL(file, room), "utf8"));

  const loads = scripts.map(
    (script) => sources.filter((source) => new RegExp(`loadScript\\(\\s*"${script}"`).test(source)).length,
  );

  expect(scripts.length).toBeGreaterThan(2);
  expect(loads).toEqual(scripts.map(() => 1));
  expect(Object.keys(callers).sort()).toEqual(scripts.toSorted());
});

describe.each(scripts)("the header of %s.lua", (script) => {
  const { head, body } = readScript(script);

  test("says what the script is for, what it returns and what it costs", () => {
    expect(head).toMatch(new RegExp(`^${script}: `));
    expect(head).toMatch(/^Returns /m);
    expect(head).toMatch(/^Cost: O\(/m);
  });

  test.each(["KEYS", "ARGV"] as const)("names its %s as the body does", (kind) => {
    const { names } = readHeader(head, kind);

    const inBody = namesInBody(body, kind);

    expect([...inBody].sort(([a], [b]) => a - b).map(([, name]) => name)).toEqual(names);
    const used = [...body.matchAll(new RegExp(`${kind}\\[(\\d+)\\]`, "g"))].map(([, index]) => Number(index));
    expect(new Set(used)).toEqual(new Set(names.map((_, index) => index + 1)));
  });

  test.each(["KEYS", "ARGV"] as const)("says from where on %s repeat", (kind) => {
    const { repeats } = readHeader(head, kind);

    const counters = new Set(
      [...body.matchAll(new RegExp(`${kind}\\[([a-z]\\w*)`, "g"))].map(([, name]) => name),
    );
    const starts = [...body.matchAll(/^local ([\w, ]+) = (\d[\d, ]*)$/gm)].flatMap(
      ([, left = "", right = ""]) => {
        const from = right.split(", ").map(Number);
        return left.split(", ").map((name, index) => ({ name, from: from[index] }));
      },
    );

    const froms = starts.filter(({ name }) => counters.has(name)).map(({ from }) => from);
    expect(froms).toEqual(repeats === null ? [] : [repeats.from]);
  });

  test.each(["KEYS", "ARGV"] as const)("has the number of %s that the caller sends", async (kind) => {
    const { names, repeats } = readHeader(head, kind);

    const { keys, args } = await callOf(script);

    const sent = kind === "KEYS" ? keys : args;
    const more = repeats === null ? 0 : (repeating[script]?.[kind] ?? 0);
    expect(sent).toHaveLength(names.length + more);
  });

  test("names keys by what they are", async () => {
    const { names, repeats } = readHeader(head, "KEYS");

    const { keys } = await callOf(script);

    const wanted = [...names, ...(repeats?.names ?? [])];
    const kinds = keys.map((key) => /^mr:\{test:(?:0|limits)\}:(?:view:\w+:)?(\w+)/.exec(key)?.[1]);
    const kindOf: Readonly<Record<string, string>> = { stream: "run", written: "runs", indexes: "runs" };
    expect(kinds).toEqual(wanted.map((name) => kindOf[name] ?? name));
  });
});

test("the items of commit.lua have their fields in the order of its header, its body and its caller", async () => {
  const { head, body } = readScript("commit");
  const listed = /\{(run, kind,[^}]*)\}/.exec(head)?.[1]?.split(/,\s+/) ?? [];

  const unpacked = [...body.matchAll(/(\w+) = h\[(\d+)\]/g)];
  const { args } = await callOf("commit");

  expect(unpacked.map(([, name]) => name)).toEqual(listed);
  expect(unpacked.map(([, , index]) => Number(index))).toEqual(listed.map((_, index) => index + 1));
  const values: Readonly<Record<string, unknown>> = { ...item };
  const [[header, ...bodies] = [], ...others] = decodeValue(
    args[2] as Uint8Array,
    "the items",
  ) as unknown[][];
  expect(header).toEqual(listed.map((name) => values[name]));
  expect(bodies).toHaveLength(item.events.length);
  expect(others).toEqual([]);
});
