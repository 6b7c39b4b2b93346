import { EngineError } from "../../base/errors.ts";
import { listAside, reportProjections } from "../../workers/projection-report.ts";
import { retryAside } from "../../workers/projections.ts";
import type { Answerer } from "../ask.ts";

export const answerProjections: Answerer<"projections"> = async ({ client, parts }) => {
  const { progress } = parts.rebuilds;
  const rebuild =
    progress === null ? null : { runs: progress.runs, total: progress.total, startedAt: progress.startedAt };
  return (await reportProjections(client)).map((row) => ({ ...row, rebuild }));
};

export const answerRebuild: Answerer<"rebuild"> = async ({ params: { name }, client, parts }) => {
  const known = (await reportProjections(client)).map((row) => row.name);
  if (!known.includes(name))
    throw new EngineError(
      "PROJECTION_UNKNOWN",
      `There is no projection "${name}". There are: ${known.join(", ")}.`,
      {
        name,
      },
    );
  return parts.rebuilds.begin(name);
};

export const answerAside: Answerer<"aside"> = async ({ client }) =>
  (await listAside(client)).map(({ run, position, code, message, at }) => ({
    run,
    position,
    code,
    message,
    at,
  }));

export const answerRetryAside: Answerer<"retryAside"> = async ({ params, client }) => {
  const { id: run } = params;
  if (!(await listAside(client)).some((row) => row.run === run))
    throw new EngineError("RUN_NOT_FOUND", `Run "${run}" does not stand aside.`, { run });
  const folded = await retryAside(client.store);
  return { run, isFolded: folded.includes(run) };
};
