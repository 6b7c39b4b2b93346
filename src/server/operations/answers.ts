import { toRunFilter } from "../../projections/run-filter.ts";
import {
  type FoundOperation,
  type OperationRecord,
  readOperation,
  readOperations,
  stopOperation,
} from "../../redis/operations.ts";
import type { Client } from "../../workers/client.ts";
import { newId } from "../../workers/ids.ts";
import { type SeenRun, seeRuns } from "../../workers/run-list.ts";
import type { Answerer, Ask } from "../ask.ts";
import type { Operation } from "../contract/commands.ts";
import { lookBudget } from "../runs/list-runs.ts";
import { toRunRow } from "../runs/run-row.ts";
import { operationUnknown } from "./office.ts";

const pageSize = 500;
const sampleSize = 5;

type Action = OperationRecord["action"];

/** Whether the state of a run allows a command. */
function allows(action: Action, { state }: SeenRun): boolean {
  return action === "cancel" ? !state.isFinal : state.isFinal && state.type !== "COMPLETED";
}

async function* selected(client: Client, { q, action }: { q: string; action: Action }, budget: number) {
  const query = toRunFilter(q, Date.now());
  let cursor: string | null = null;
  for (let left = budget; left > 0; left -= pageSize) {
    const page = await seeRuns(client, query, { limit: pageSize, cursor, budget: left });
    yield { runs: page.runs.filter((run) => allows(action, run)), isWhole: page.isComplete };
    if (page.next === null || !page.isComplete) return;
    cursor = page.next;
  }
  yield { runs: [], isWhole: false };
}

export const answerBulk: Answerer<"bulk"> = async (ask) => {
  const { body, client, parts, who } = ask;
  if (body.dryRun) return preview(ask);
  const runs: string[] = [];
  for await (const part of selected(client, body, Number.POSITIVE_INFINITY))
    for (const { summary } of part.runs) runs.push(summary.run);
  const now = Date.now();
  const record: OperationRecord = {
    id: newId(),
    action: body.action,
    q: body.q,
    reason: body.reason ?? null,
    actor: who?.actor ?? client.actor,
    state: "running",
    total: runs.length,
    carriedOut: 0,
    skipped: 0,
    failed: 0,
    failures: [],
    takenOver: 0,
    startedAt: now,
    updatedAt: now,
    endedAt: null,
  };
  await parts.operations.begin(record, runs);
  return toOperation({ record, isAttended: true });
};

async function preview({ body, client, parts }: Ask<"bulk">) {
  const { q, action, reason = null } = body;
  const sample: SeenRun[] = [];
  let count = 0;
  let exact = true;
  for await (const { runs, isWhole } of selected(client, body, lookBudget)) {
    sample.push(...runs.slice(0, sampleSize - sample.length));
    count += runs.length;
    exact = isWhole;
  }
  const request = JSON.stringify({ q, action, reason, dryRun: false });
  return {
    kind: "preview" as const,
    count,
    exact,
    sample: sample.map(toRunRow),
    cli: `millrace runs ls ${quote(q)} --all --json | jq -r .id | xargs -rn1 millrace ${action}`,
    request: `curl -X POST ${parts.basePath}/api/runs/bulk -H 'x-millrace-request: 1' -H 'content-type: application/json' -d ${quote(request)}`,
  };
}

/** As one word of a shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export const answerOperations: Answerer<"operations"> = async ({ client }) => {
  const { redis, namespace } = client.store;
  return (await readOperations(redis, namespace.name)).map(toOperation);
};

export const answerOperation: Answerer<"operation"> = async ({ params, client }) =>
  toOperation(await find(client, params.id));

export const answerStopOperation: Answerer<"stopOperation"> = async ({ params, client }) => {
  const { redis, namespace } = client.store;
  const record = await stopOperation(redis, namespace.name, params.id, Date.now());
  if (record === null) throw operationUnknown(params.id);
  return toOperation({ record, isAttended: false });
};

async function find(client: Client, id: string): Promise<FoundOperation> {
  const { redis, namespace } = client.store;
  const found = await readOperation(redis, namespace.name, id);
  if (found === null) throw operationUnknown(id);
  return found;
}

function toOperation({ record, isAttended }: FoundOperation): Operation {
  const isInterrupted = record.state === "running" && !isAttended;
  return {
    kind: "operation",
    ...record,
    state: isInterrupted ? "interrupted" : record.state,
    note: noteOf(record, isInterrupted),
  };
}

function noteOf({ takenOver }: OperationRecord, isInterrupted: boolean): string | null {
  if (isInterrupted)
    return "The server that carried it out is gone. What is done stays done; the next server goes on within seconds.";
  if (takenOver === 0) return null;
  const times = takenOver === 1 ? "once" : `${takenOver} times`;
  return (
    `A server died or was stopped on the way (${times}), and another one went on. No run was left out; the few that were under way ` +
    "were commanded twice, and may be counted as skipped."
  );
}
