import { handled } from "../base/handled.ts";
import { fingerprint } from "../base/recordable.ts";
import type { Site } from "../engine/calls.ts";
import type { TaskSpec } from "../engine/specs.ts";
import type { CacheRequest } from "../engine/task-cache.ts";
import { overridesOf } from "../engine/task-overrides.ts";
import { encodeValue } from "../events/codec.ts";
import type { TaskRules } from "../events/task-events.ts";
import { cacheRequest } from "./cache-request.ts";
import type { FlowContext } from "./context.ts";
import { rulesOf } from "./limit-options.ts";

/** A call of a task in a flow. */
export interface CallRequest {
  readonly spec: TaskSpec;
  readonly args: readonly unknown[];
  readonly queued: boolean;
  readonly key: string | null; // null = to be made here
  readonly site: Site;
}

function rulesFor({ name, rules }: TaskSpec, args: readonly unknown[]): TaskRules | null {
  return rules === null ? null : rulesOf(`Task ${name}`, rules, args);
}

function cacheFor(
  where: FlowContext,
  spec: TaskSpec,
  key: string,
  args: readonly unknown[],
): CacheRequest | null {
  return mayBeUndone(where, spec) ? null : cacheRequest(where, spec, key, args);
}

/** Issues a call whose arguments are there, and that has its key. */
export function perform(where: FlowContext, request: CallRequest & { key: string }): Promise<unknown> {
  const { execution, run, scope, transaction } = where;
  const { spec, args, key, site } = request;
  const what = `The arguments of task ${key} of run ${run.name}`;
  const refusal = transaction?.refusal() ?? null;
  if (refusal !== null) return refuse(refusal);
  let print: number;
  let rules: TaskRules | null = null;
  try {
    print = fingerprint(args, what);
    rules = execution.replaying ? null : rulesFor(spec, args);
  } catch (error) {
    return refuse(error);
  }
  const promise = execution.call(
    {
      kind: "task",
      key,
      name: spec.name,
      queue: request.queued ? (spec.queue ?? "") : null,
      fingerprint: print,
      input: execution.replaying ? null : encodeValue(args),
      site,
      task: spec,
      overrides: request.queued ? overridesOf(spec) : null,
      rules,
      cache: execution.replaying ? null : cacheFor(where, spec, key, args),
    },
    scope,
  );
  transaction?.started({ spec, key, args }, promise);
  return promise;
}

/** Its result is nobody else's, as it may not stay. */
function mayBeUndone({ transaction }: FlowContext, { rollback }: TaskSpec): boolean {
  return transaction !== undefined && rollback !== null;
}

async function rejected(error: unknown): Promise<never> {
  throw error;
}

function refuse(error: unknown): Promise<never> {
  return handled(rejected(error));
}
