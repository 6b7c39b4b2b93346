import { fileURLToPath } from "node:url";
import { EngineError } from "../base/errors.ts";
import type { FlowSpec } from "../engine/specs.ts";
import { filedHistories } from "./given-histories.ts";
import { replayHistories } from "./replay-histories.ts";
import type { ReplayReport } from "./replay-history.ts";

const shown = 3;

/**
 * Replays every history of the flow in `dir`, as `millrace export` wrote them, against its code of now. No task runs.
 * @throws EngineError REPLAY_DIVERGED naming the first runs that the code does not repeat, EVENT_UNREADABLE when a file
 * cannot be read, RUN_NOT_FOUND when `dir` has no history of the flow, OPTION_INVALID when there is no `dir`
 */
export async function expectReplay({ spec }: { readonly spec: FlowSpec }, dir: string | URL): Promise<void> {
  const path = dir instanceof URL ? fileURLToPath(dir) : dir;
  const choice = { flows: [spec.name], runs: [], last: Number.POSITIVE_INFINITY };
  const histories = filedHistories([path], choice);
  if (histories.length === 0) throw noHistories(spec.name, path);
  const problems: ReplayReport[] = [];
  for await (const report of replayHistories(histories, () => spec))
    if (report.result !== "same") problems.push(report);
  if (problems.length > 0) throw notRepeated(spec.name, problems, histories.length);
}

function notRepeated(flow: string, problems: readonly ReplayReport[], total: number): EngineError {
  const texts = problems.slice(0, shown).map(({ problem }) => problem?.message ?? "");
  const more = problems.length > shown ? [`… and ${problems.length - shown} more.`] : [];
  const head = `The code of flow "${flow}" does not repeat ${problems.length} of ${total} recorded runs:`;
  const isDiverged = problems.some(({ result }) => result === "diverged");
  return new EngineError(
    isDiverged ? "REPLAY_DIVERGED" : "EVENT_UNREADABLE",
    [head, ...texts, ...more].join("\n\n"),
    { flow, runs: problems.map(({ run }) => run) },
  );
}

function noHistories(flow: string, dir: string): EngineError {
  return new EngineError(
    "RUN_NOT_FOUND",
    `There is no history of flow "${flow}" in ${dir}, so nothing was tested. Write some: ` +
      `millrace export --flow ${flow} --last 20 --to ${dir}`,
    { flow, dir },
  );
}
