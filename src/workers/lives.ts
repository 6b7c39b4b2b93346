import type { Execution } from "../engine/execution.ts";
import type { History } from "../engine/history.ts";
import { readHistory } from "../engine/read-history.ts";
import type { FlowSpec } from "../engine/specs.ts";
import type { RunInfo } from "../sdk/context.ts";
import type { CheckedInput } from "./check-input.ts";
import type { Renew } from "./live-run.ts";
import type { LivingCode } from "./living-code.ts";
import type { PatientLog } from "./patient-log.ts";
import { recordedInput } from "./recorded-values.ts";
import { repeatTurns } from "./repeat-turns.ts";
import type { RunLimits, RunPorts } from "./run-ports.ts";
import type { TurnTaker } from "./turn-taker.ts";

/** What a life begins with. */
export interface LifeOf {
  readonly history: History | null; // null = a new run
  readonly input: CheckedInput;
}

interface Renewal {
  readonly info: RunInfo;
  readonly spec: FlowSpec;
  readonly ports: RunPorts;
  readonly limits: RunLimits;
  readonly commits: PatientLog;
  readonly stop: AbortSignal; // the run is given up
}

/**
 * The lives of a run's code under one owner: one, as a rule. In always-replay mode the code gets a new life from the
 * log before every step, and whatever it kept in memory, or does not do twice, shows. Tasks and timers that are under
 * way belong to the owner, and go on.
 */
export class Lives {
  readonly #begin: (from: LifeOf) => LivingCode;
  #now: LivingCode;

  constructor(begin: (from: LifeOf) => LivingCode, first: LivingCode) {
    this.#begin = begin;
    this.#now = first;
  }

  get now(): LivingCode {
    return this.#now;
  }

  /** Things of the owner, and the code of the present life with them. */
  with<Things extends object>(things: Things): Things & LivingCode {
    return Object.assign(new PresentCode(this), things);
  }

  renewal({ info, spec, ports, limits, commits, stop }: Renewal): Renew {
    const isOver = (): boolean => stop.aborted;
    let seen = 0;
    return async (log, block) => {
      const events = await commits.readAfter(info.id, 0);
      if (events.length === seen || isOver()) return null;
      seen = events.length;
      const history = readHistory(events);
      if (history.turns.length === 0 || history.ending !== null) return null;
      const input = await recordedInput(history, spec, ports);
      this.#now.execution.drop();
      const code = this.#begin({ history, input });
      this.#now = code;
      log.refill(history.inbox);
      const problem = await repeatTurns({ ...code, info }, history, { spec, ports, limits });
      if (isOver()) code.execution.drop(); // given up on the way: what it lacks says nothing
      return problem === null || isOver() ? null : block(problem);
    };
  }
}

/** A class, so that all runs share a shape: accessors of their own would make every look at them a slow one. */
class PresentCode implements LivingCode {
  readonly #lives: Lives;

  constructor(lives: Lives) {
    this.#lives = lives;
  }

  get execution(): Execution {
    return this.#lives.now.execution;
  }

  get turns(): TurnTaker {
    return this.#lives.now.turns;
  }

  get body(): LivingCode["body"] {
    return this.#lives.now.body;
  }
}
