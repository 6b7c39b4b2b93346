import type { History } from "../engine/history.ts";
import type { CommitAnswer } from "../engine/run-log.ts";
import type { FlowSpec } from "../engine/specs.ts";
import type { Event } from "../events/catalog.ts";
import { toRecorded } from "../events/to-recorded.ts";
import type { Host } from "./host.ts";
import { isWritten } from "./own-log.ts";

/** Another attempt of a flow begins: the first one tells it by an event of its own. */
export async function tellOfAttempt(
  host: Host,
  { hooks }: FlowSpec,
  { created, turns, turnsTaken }: History,
  now: number,
): Promise<void> {
  if (hooks === null || turns.length > 0 || turnsTaken === 0) return;
  const info = await host.infos.find(created.run);
  if (info !== null) host.hooks.flowBegins(info, now);
}

/** Hooks hear of events that this process recorded for a run whose code does not run here. */
export async function tellOfEnd(
  host: Host,
  run: string,
  events: readonly Event[],
  answer: CommitAnswer,
): Promise<void> {
  const info = isWritten(answer) ? await host.infos.find(run) : null;
  if (info === null) return;
  const { now: recordedAt, position } = answer;
  const at = { run, recordedAt, position, actor: `worker:${host.worker}` };
  host.hooks.observe(
    info,
    events.map((event) => toRecorded(event, at)),
  );
  await host.hooks.settled(run);
}
