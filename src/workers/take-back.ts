import { EngineError } from "../base/errors.ts";
import { readHistory } from "../engine/read-history.ts";
import type { Host } from "./host.ts";
import type { Leave } from "./live-run.ts";
import { ownExistingRun } from "./own-run.ts";
import { endOf } from "./recorded-values.ts";
import type { RunLimits } from "./run-ports.ts";

/**
 * Goes on with a run that was taken from this process, because it seemed dead for a while (a busy machine, a paused
 * process). If somebody else ended it, that is its end.
 * @throws EngineError LEASE_LOST when somebody else has it and goes on with it
 */
export async function takeBack(host: Host, run: string, limits: RunLimits): Promise<Leave> {
  const claimed = await ownExistingRun(host, run, limits);
  if (claimed.how === "lost") return takeBack(host, run, limits);
  if (claimed.how !== "refused") return claimed;
  const { ending } = readHistory(await host.log.readAfter(run, 0));
  if (ending !== null) return { how: "ended", state: await endOf(ending, run, host), endsOthers: false };
  throw new EngineError(
    "LEASE_LOST",
    `Run ${run} goes on in another process${claimed.owner.worker === "" ? "" : `, worker ${claimed.owner.worker}`}. ` +
      `Watch it: millrace events ${run} -f`,
    { run },
  );
}
