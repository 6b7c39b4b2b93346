import type { FlowSpec } from "./specs.ts";

/**
 * Where the wake-ups of a run go that this code begins: of a pinned flow to a queue of this version of its code, which
 * only workers with the same code serve.
 */
export function queueOfRun(
  { isPinned, codeHash }: Pick<FlowSpec, "isPinned" | "codeHash">,
  queue: string,
): string {
  return isPinned && !queue.endsWith(`@${codeHash}`) ? `${queue}@${codeHash}` : queue;
}

/** The queues that have to be served, besides the ones that are named, for runs of a flow that this code began. */
export function withPinned(
  spec: Pick<FlowSpec, "isPinned" | "codeHash">,
  queues: readonly string[],
): readonly string[] {
  return spec.isPinned ? [...new Set(queues.flatMap((queue) => [queueOfRun(spec, queue), queue]))] : queues;
}
