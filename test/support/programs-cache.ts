import type { CacheOptions } from "../../src/sdk/cache-options.ts";
import { FLOW, INPUTS, RUN } from "../../src/sdk/cache-policy.ts";
import { matches } from "./matches.ts";
import type { CallInput, TaskName } from "./programs.ts";

interface Sharing {
  readonly by: "inputs" | "topic" | "topic of run" | "topic of flow";
  readonly expiresMs: number | null; // null = never
  readonly isAlone: boolean; // one call at a time makes a result
}

/** The tasks of programs that share results, and with whom. */
const sharing: Partial<Record<TaskName, Sharing>> = {
  alike: { by: "inputs", expiresMs: null, isAlone: false },
  topical: { by: "topic of run", expiresMs: 30_000, isAlone: false },
  brief: { by: "topic", expiresMs: 6_000, isAlone: false },
  alone: { by: "topic", expiresMs: 30_000, isAlone: true },
  lonely: { by: "topic of flow", expiresMs: null, isAlone: true },
};

/** Fields of arguments that say which call it is, and not what it asks for. */
const aside = ["path", "salt", "fails", "isFresh"] as const;

/** null = the task shares nothing */
export function sharingOf(task: string): Sharing | null {
  return Object.hasOwn(sharing, task) ? (sharing[task as TaskName] ?? null) : null;
}

const topicOf = ([input]: readonly [CallInput, unknown]): string => `topic ${input.topic}`;

const policies = {
  inputs: INPUTS.without(...aside),
  topic: topicOf,
  "topic of run": [RUN, topicOf],
  "topic of flow": [FLOW, topicOf],
} as const satisfies Record<Sharing["by"], CacheOptions<[CallInput, unknown]>["cache"]>;

/** The same as their author writes it. */
export function cacheOptionsOf(task: TaskName): CacheOptions<[CallInput, unknown]> {
  const rule = sharingOf(task);
  if (rule === null) return {};
  const { by, expiresMs, isAlone } = rule;
  return {
    cache: policies[by],
    cacheExpiration: expiresMs,
    cacheIsolation: isAlone ? "serializable" : "shared",
  };
}

/** A call that shares its result. */
export interface SharingCall {
  readonly task: string;
  readonly args: readonly [CallInput, unknown];
  readonly run: string;
  readonly flow: string;
}

/** Whether two calls may share a result, by the words of the documentation and without a key. */
export function mayShare(one: SharingCall, other: SharingCall): boolean {
  const rule = sharingOf(one.task);
  if (rule === null || one.task !== other.task) return false;
  const [mine, others] = [one.args[0], other.args[0]];
  switch (rule.by) {
    case "inputs":
      return matches(one.args.map(withoutAside), other.args.map(withoutAside), new Map());
    case "topic":
      return mine.topic === others.topic;
    case "topic of run":
      return mine.topic === others.topic && one.run === other.run;
    case "topic of flow":
      return mine.topic === others.topic && one.flow === other.flow;
  }
}

/** Objects only: Dates, Maps and lists have no named fields. */
function withoutAside(arg: unknown): unknown {
  if (typeof arg !== "object" || arg === null || Object.getPrototypeOf(arg) !== Object.prototype) return arg;
  return Object.fromEntries(Object.entries(arg).filter(([field]) => !aside.some((name) => name === field)));
}
