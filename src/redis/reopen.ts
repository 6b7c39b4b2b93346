import { z } from "zod";
import { shardOf } from "../base/ids.ts";
import type { CommitAnswer, ReopenRun } from "../engine/run-log.ts";
import { encodeEvent } from "../events/codec.ts";
import { feedMax } from "./commit.ts";
import { type Namespace, runKey, shardKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import { loadScript, type RedisConnection } from "./script.ts";

const Status = z.enum(["ok", "again", "exists", "missing"]);
const runReopen = loadScript(
  "reopen",
  z.tuple([z.instanceof(Buffer).transform((word) => Status.parse(word.toString())), z.int(), z.int()]),
);
const runLeave = loadScript("leave", z.literal([0, 1]));

/** What a new run begins with: events of another one, each as it stands in a stream. */
export interface CopiedHistory {
  readonly createdAt: number; // epoch ms
  readonly bodies: readonly Uint8Array[]; // of positions 1, 2, 3, ...
}

/** Begins another attempt of a run that has ended, or a new run from a copied history; see `reopen.lua`. */
export async function reopenRun(
  redis: RedisConnection,
  namespace: Namespace,
  { run, actor, events, seen }: ReopenRun,
  copied: CopiedHistory | null = null,
): Promise<CommitAnswer> {
  const { open, feed, due, runs } = shardKeys(namespace, shardOf(run, namespace.shards));
  const [event] = events;
  const body = event === undefined ? new Uint8Array() : encodeEvent(event, actor);
  const keys = [open, feed, due, runKey(namespace, run), runs];
  const history = copied === null ? [""] : [copied.createdAt, ...copied.bodies];
  const [status, position, now] = await translated(async () =>
    runReopen(redis, keys, [run, seen, body, feedMax, ...history]),
  );
  return { status: status === "missing" ? "closed" : status, position, now, owner: "", events: [] };
}

/** Others have heard of the end of a run; see `leave.lua`. */
export async function leaveRun(redis: RedisConnection, namespace: Namespace, run: string): Promise<void> {
  const { open, due } = shardKeys(namespace, shardOf(run, namespace.shards));
  await translated(async () => runLeave(redis, [due, open], [run]));
}
