import { EngineError } from "../base/errors.ts";

/** A place where a worker may be lost: before or after its n-th commit has reached the log. */
export interface CrashPoint {
  readonly when: "before" | "after";
  readonly commit: number; // 1 = the first commit of a run by a worker
}

/** What goes wrong in a harness, as it may in production: workers die, hints get lost or come twice. */
export class Faults {
  readonly #points: CrashPoint[] = [];
  readonly #commits = new Map<string, number>(); // run -> commits by workers so far
  #crashes = 0;
  #isDoubling = false;
  #isLosing = false;

  /** The worker that is about to make the n-th commit of a run is gone, as by `kill -9`; the log never hears of it. */
  crashBefore(commit: number): void {
    this.#add({ when: "before", commit });
  }

  /** The worker that made the n-th commit of a run is gone before it hears the answer; the log has the commit. */
  crashAfter(commit: number): void {
    this.#add({ when: "after", commit });
  }

  /** From now on every hint comes twice, to two workers. */
  duplicateDelivery(): void {
    this.#isDoubling = true;
  }

  /** From now on every hint gets lost; what is found missing and hinted again arrives. */
  loseHints(): void {
    this.#isLosing = true;
  }

  /** From now on nothing goes wrong. */
  clear(): void {
    this.#points.length = 0;
    this.#isDoubling = false;
    this.#isLosing = false;
  }

  /** Workers that were lost so far. */
  get crashes(): number {
    return this.#crashes;
  }

  get isLosing(): boolean {
    return this.#isLosing;
  }

  get copies(): number {
    return this.#isDoubling ? 2 : 1;
  }

  /** Commits of a run that workers have made, or died of. */
  commitsOf(run: string): number {
    return this.#commits.get(run) ?? 0;
  }

  /** A worker is about to commit. */
  count(run: string): number {
    const commit = this.commitsOf(run) + 1;
    this.#commits.set(run, commit);
    return commit;
  }

  /** Whether the worker dies here; once for each fault. */
  strikes(when: CrashPoint["when"], commit: number): boolean {
    const index = this.#points.findIndex((point) => point.when === when && point.commit === commit);
    if (index < 0) return false;
    this.#points.splice(index, 1);
    this.#crashes += 1;
    return true;
  }

  #add(point: CrashPoint): void {
    const { when, commit } = point;
    if (Number.isInteger(commit) && commit >= 1) {
      this.#points.push(point);
      return;
    }
    const name = when === "before" ? "crashBefore" : "crashAfter";
    throw new EngineError("OPTION_INVALID", `${name}() takes a whole number from 1 on, and got ${commit}.`);
  }
}
