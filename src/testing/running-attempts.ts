/** Attempts of tasks that are under way in the harness, and whether they look as if they did anything. */
export class RunningAttempts {
  readonly #byWorker = new Map<string, number>();
  #changes = 0;
  #idleAt = -1; // `#changes` when they were found to do nothing
  #usual: ReadonlyMap<string, number> = new Map();

  get count(): number {
    let sum = 0;
    for (const running of this.#byWorker.values()) sum += running;
    return sum;
  }

  get changes(): number {
    return this.#changes;
  }

  /** @returns what to call at the end */
  begin(worker: string): () => void {
    if (this.count === 0) this.#usual = resources();
    this.#add(worker, 1);
    return () => {
      if (this.#byWorker.has(worker)) this.#add(worker, -1);
    };
  }

  /** The worker is gone: what its tasks do now is nobody's business. */
  forget(worker: string): void {
    this.#byWorker.delete(worker);
    this.#changes += 1;
  }

  /** The process waits for more than before the first of them began: a file, a socket, a timer of Node. */
  get hasRealWork(): boolean {
    for (const [kind, count] of resources()) if (count > (this.#usual.get(kind) ?? 0)) return true;
    return false;
  }

  /** Nothing has begun or ended since they were found idle. */
  get isIdle(): boolean {
    return this.#idleAt === this.#changes;
  }

  foundIdle(): void {
    this.#idleAt = this.#changes;
  }

  #add(worker: string, by: number): void {
    this.#byWorker.set(worker, (this.#byWorker.get(worker) ?? 0) + by);
    this.#changes += 1;
  }
}

/** What keeps the process alive, by kind. */
function resources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo())
    if (kind !== "Immediate") counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
