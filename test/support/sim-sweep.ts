import { otherRuns } from "./sim-ports.ts";
import { buryAttempts } from "./sim-tasks.ts";
import type { SimMail, SimWorld } from "./sim-world.ts";

/** What `sweeper.ts` does: dead workers, then runs whose time has come, and runs whose end nobody was told of. */
export async function sweep(
  world: SimWorld,
  mail: SimMail,
  isDead: (worker: string) => boolean,
): Promise<void> {
  const { log, payloads } = world;
  for (const run of world.runs) {
    const owner = log.ownerOf(run);
    if (owner === null || !isDead(owner.worker)) continue;
    world.note(`sweeper takes ${run} from ${owner.worker}`);
    await log.takeFrom(run, owner, "sweeper");
    mail.run(run);
  }
  await buryAttempts(world, isDead, mail);
  const due = log.takeDue(5_000);
  const hintRun = async (run: string): Promise<void> => mail.run(run);
  const others = otherRuns(world, "sweeper", { log, payloads, hintRun });
  for (const run of due.ended) await others.tellOthers(run);
  for (const run of due.open) mail.run(run);
}
