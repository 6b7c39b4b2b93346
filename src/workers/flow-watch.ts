import { EngineError } from "../base/errors.ts";
import type { Execution } from "../engine/execution.ts";
import { describeFinding, type Finding, type GuardMode } from "../engine/guard.ts";
import { Scope } from "../engine/scope.ts";
import type { FlowContext } from "../sdk/context.ts";
import { drawUuid } from "../sdk/deterministic.ts";
import { type Below, findSite, type Site } from "./find-site.ts";

const mostLooks = 1_000; // for each run and kind: code that asks for the time in a loop must not be slow for it
const depth = 16;
const patientReads = 1_000;

/** Watched flow code that runs now: its run's watch, and where in the run it is. */
export interface Watching {
  readonly watch: FlowWatch;
  readonly context: FlowContext;
}

/** Who gets the flow's value: everybody; only code of the user, as a library may keep it for others; or nobody. */
export type Limit = "any" | "direct" | "real";

/** What was reported, and where; each once per process. */
const reported = new Set<string>();

export interface WatchOptions {
  readonly mode: Exclude<GuardMode, "off">;
  readonly context: FlowContext;
}

/**
 * The guard of one run.
 *
 * 1. What flow code is answered depends on the code and the history alone, never on what was reported before or elsewhere.
 * 2. Its draws are its own: with and without the guard, `random()` and `uuid()` give the same.
 */
export class FlowWatch {
  readonly #mode: WatchOptions["mode"];
  readonly #context: FlowContext;
  readonly #startedAt: number;
  readonly #draws = new WeakMap<Scope, Scope>();
  #looks = 0;
  #workLooks = 0; // counted apart: how much of it there is, depends on the time
  #at = 0;
  #reads = 0;
  /** Rejects when the flow has started foreign work, in the mode `strict`. */
  readonly broken: Promise<never>;
  #break: (error: Error) => void = () => undefined;

  constructor({ mode, context }: WatchOptions) {
    this.#mode = mode;
    this.#context = context;
    this.#startedAt = context.execution.logicalTime;
    this.broken = new Promise((_, reject) => {
      this.#break = reject;
    });
    this.broken.catch(() => undefined); // whoever races with it hears of it
  }

  get execution(): Execution {
    return this.#context.execution;
  }

  /**
   * Flow code asks for a value that differs from call to call.
   * @returns true = give it the flow's value, false = the real one
   * @throws EngineError E_NONDETERMINISTIC in the mode `strict`
   */
  asked(finding: Finding, below: Below, limit: Limit = "any"): boolean {
    const isStrict = this.#mode === "strict";
    this.#looks += 1;
    if (!isStrict && this.#looks > mostLooks) return this.#isLogical(limit, null);
    const site = findSite(below, depth);
    if (site === null) return false;
    if (isStrict) throw this.#error(finding, site);
    const isLogical = this.#isLogical(limit, site);
    this.#report(finding, site, isLogical ? "It got the flow's own, which a replay repeats." : "");
    return isLogical;
  }

  /** Whether work is still looked into. */
  mayLook(): boolean {
    this.#workLooks += 1;
    return this.#workLooks <= mostLooks;
  }

  /** Flow code starts work that Millrace does not know. Never throws: it is called where Node would end the process. */
  started(finding: Finding, site: Site): void {
    if (site.isSynchronous && finding.code === "E_FOREIGN_ASYNC") return;
    if (this.#mode === "strict") this.#break(this.#error(finding, site));
    else this.#report(finding, site, "");
  }

  /** The same for a function of ours that stands before Node's; gives the error of the mode `strict`. */
  called(finding: Finding, below: Below): EngineError | null {
    const isStrict = this.#mode === "strict";
    const site = isStrict || this.mayLook() ? findSite(below, depth) : null;
    if (site === null) return null;
    this.started(finding, site);
    return isStrict ? this.#error(finding, site) : null;
  }

  /** Epoch ms. Code that waits in a loop until the clock moves gets out of it: every 1,000th look moves it by 1 ms. */
  now(): number {
    const at = Math.floor(this.execution.logicalTime);
    this.#reads += 1;
    if (at > this.#at) this.#at = at;
    else if (this.#reads % patientReads === 0) this.#at += 1;
    return this.#at;
  }

  /** Ms since the run was created. */
  elapsed(): number {
    return this.now() - this.#startedAt;
  }

  random(scope: Scope): number {
    return this.#own(scope).draw(this.#context.execution.seed) / 2 ** 53;
  }

  uuid(scope: Scope): ReturnType<typeof drawUuid> {
    return drawUuid(this.#own(scope), this.#context.execution.seed);
  }

  fill(scope: Scope, bytes: Uint8Array): void {
    const own = this.#own(scope);
    for (let index = 0; index < bytes.length; index += 1)
      bytes[index] = own.draw(this.#context.execution.seed) & 0xff;
  }

  #isLogical(limit: Limit, site: Site | null): boolean {
    return this.#mode === "report" && (limit === "any" || (limit === "direct" && site?.isDirect === true));
  }

  #own(scope: Scope): Scope {
    let own = this.#draws.get(scope);
    if (own === undefined) {
      own = new Scope(`guard:${scope.path}`);
      this.#draws.set(scope, own);
    }
    return own;
  }

  #error(finding: Finding, { name: site }: Site): EngineError {
    const { run } = this.#context;
    const details = { site, run: run.id, flow: run.flow };
    return new EngineError(finding.code, describeFinding(finding, site), details);
  }

  #report(finding: Finding, { name: site }: Site, got: string): void {
    const { execution, log } = this.#context;
    const { code, what } = finding;
    const place = `${code} ${site}`;
    const key = code === "E_FOREIGN_ASYNC" ? place : `${place} ${what}`; // one call may start many things
    if (execution.replaying || reported.has(key)) return; // lines of a replay are dropped
    reported.add(key);
    log.warn({ code, site }, describeFinding(finding, site, got));
  }
}
