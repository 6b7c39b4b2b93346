import { showProgram } from "./programs.ts";
import { Simulation } from "./sim-run.ts";

/** How many seeds to play: MILLRACE_SIM_SEEDS, else `usual`. */
export function seedCount(usual: number): number {
  return Number(process.env["MILLRACE_SIM_SEEDS"] ?? usual);
}

/** The first seed: MILLRACE_SIM_SEED, else 1. */
export function firstSeed(): number {
  return Number(process.env["MILLRACE_SIM_SEED"] ?? 1);
}

const shownSteps = 60;

/** What went wrong, with all that is needed to see it again; null = nothing. */
export async function describeFailure(seed: number, play: () => Promise<unknown>): Promise<string | null> {
  try {
    await play();
    return null;
  } catch (error) {
    const { program, world, again } = await replayed(seed);
    const events = world.runs.flatMap((run) => [
      `history of ${run}:`,
      ...world.log.eventsOf(run).map(({ position, type, data }) => `  ${position} ${type} ${toText(data)}`),
    ]);
    return [
      `seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      `Again with: MILLRACE_SIM_SEED=${seed} MILLRACE_SIM_SEEDS=1 npx vitest run --project model`,
      again === null ? "" : `(played again: ${again})`,
      `program (${program.retries} retries): ${showProgram(program.root)}`,
      "last steps:",
      ...world.trace.slice(-shownSteps).map((line) => `  ${line}`),
      ...events,
    ].join("\n");
  }
}

/** The same seed once more, for its trace: the first one threw it away. */
async function replayed(
  seed: number,
): Promise<Pick<Simulation, "program" | "world"> & { again: string | null }> {
  const simulation = new Simulation({ seed });
  const again = await simulation.play().then(
    () => null,
    (error: unknown) => String(error),
  );
  return { program: simulation.program, world: simulation.world, again };
}

function toText(data: unknown): string {
  const text = JSON.stringify(data, (_key, part: unknown) =>
    part instanceof Uint8Array || (typeof part === "object" && part !== null && "stack" in part)
      ? "..."
      : part,
  );
  return text.slice(0, 200);
}
