/// <reference lib="esnext.disposable" preserve="true" />
import type { Flow } from "./flow.ts";
import type { RunHandle, StartArgs, StartManyOptions, StartOptions } from "./run-handle.ts";

/** A program's connection to the log: starts runs for the workers, finds runs, talks to them. */
export interface MillraceClient {
  /**
   * Creates a run for the workers.
   * @throws EngineError INPUT_INVALID, OPTION_INVALID, OUTPUT_UNRECORDABLE, PAYLOAD_TOO_LARGE, and COMMAND_REFUSED
   * for another input under a used idempotency key
   */
  start<Args extends readonly unknown[], Result>(
    flow: Flow<Args, Result>,
    ...rest: StartArgs<Args>
  ): Promise<RunHandle<Result>>;
  /** By the name of a flow that other processes define; nothing is validated here. */
  start(flow: string, input?: unknown, options?: StartOptions): Promise<RunHandle>;
  /**
   * Creates a run for each input, in their order; all inputs are validated before the first run is made. With a `key`
   * for each, a program that was killed in the middle does it again without doubling a run.
   * @throws EngineError as `start`; INPUT_INVALID names the index
   */
  startMany<Args extends readonly unknown[], Result>(
    flow: Flow<Args, Result>,
    inputs: readonly Args[0][],
    options?: StartManyOptions<Args[0]>,
  ): Promise<readonly RunHandle<Result>[]>;
  startMany(
    flow: string,
    inputs: readonly unknown[],
    options?: StartManyOptions,
  ): Promise<readonly RunHandle[]>;
  /**
   * Finds a run by its id, the beginning of its id, or its name (then the newest of that name).
   * @throws EngineError RUN_NOT_FOUND
   */
  run<Result = unknown>(reference: string): Promise<RunHandle<Result>>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
