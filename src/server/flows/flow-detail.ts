import { EngineError } from "../../base/errors.ts";
import type { Client } from "../../workers/client.ts";
import { decodeData } from "../../workers/decode-event.ts";
import type { Answerer } from "../ask.ts";
import { toListValue } from "../runs/values.ts";
import { readFlowFacts, toFlowRow } from "./flow-rows.ts";

const recentInputs = 10;

export const answerFlow: Answerer<"flow"> = async ({ params: { flow }, client }) => {
  const facts = await readFlowFacts(client, flow);
  const row = await toFlowRow(client, flow, facts);
  const report = facts.reports.find((candidate) => candidate.flow === flow);
  if (report === undefined && row.versions.length === 0 && row.workers === 0)
    throw new EngineError(
      "FLOW_UNKNOWN",
      `No worker ever served a flow "${flow}", and no run of it is known.`,
      { flow },
    );
  const card = facts.cards.find((candidate) => candidate.flow === flow);
  const inputs = row.lastRuns.slice(0, recentInputs).map(async ({ run, name }) => ({
    run,
    name,
    input: await inputOf(client, run),
  }));
  return {
    ...row,
    signals: card?.signals ?? [],
    tasks: (report?.tasks ?? []).map((task) => {
      const { calls, completed, cached, failed, retries, successRate, p50Ms, p95Ms, meanMs } = task;
      return {
        task: task.task,
        calls,
        completed,
        cached,
        failed,
        retries,
        successRate,
        p50Ms,
        p95Ms,
        meanMs,
      };
    }),
    recentInputs: await Promise.all(inputs),
  };
};

async function inputOf(client: Client, run: string): Promise<unknown> {
  const created = await client.log.readEvent(run, 1);
  if (created === null) return null;
  const data = await decodeData(created, client.payloads);
  return toListValue(new Map(Object.entries(data)).get("input"));
}
