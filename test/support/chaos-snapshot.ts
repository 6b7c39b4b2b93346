import { runKey } from "../../src/redis/keys.ts";
import type { ChaosScene } from "./chaos-scene.ts";

/** What the streams of runs held at some moment, byte by byte: run -> entries. */
export type Snapshot = ReadonlyMap<string, readonly string[]>;

export async function snapshot({ client }: ChaosScene, runs: readonly string[]): Promise<Snapshot> {
  const { redis, namespace } = client.store;
  const read = async (run: string): Promise<readonly [string, string[]]> => {
    const entries = await redis.xrangeBuffer(runKey(namespace, run), "-", "+");
    return [
      run,
      entries.map(([id, fields]) => `${id.toString()} ${Buffer.concat(fields).toString("base64")}`),
    ];
  };
  return new Map(await Promise.all(runs.map(read)));
}

/** Runs of which something is missing or different that was there before. */
export function lostSince(before: Snapshot, after: Snapshot): readonly string[] {
  return [...before].flatMap(([run, entries]) => {
    const now = after.get(run) ?? [];
    const index = entries.findIndex((entry, at) => now[at] !== entry);
    return index === -1 ? [] : [`Run ${run} has lost or changed event ${index + 1} of ${entries.length}.`];
  });
}
