export type { Duration } from "./base/durations.ts";
export { EngineError, type ErrorCode, isEngineError } from "./base/errors.ts";
export { cancelled, completed, continueAsNew, type FinalState, failed } from "./engine/final-state.ts";
export type {
  DirectoryPlace,
  ResultFormat,
  ResultPlace,
  S3Credentials,
  S3Place,
} from "./engine/result-plan.ts";
export { exponential, fatal, type RetryDelay, type RetryInput } from "./engine/retry-policy.ts";
export {
  type CacheKeyContext,
  type CacheKeyFunction,
  type CacheOption,
  CachePolicy,
  FLOW,
  FLOW_PARAMETERS,
  INPUTS,
  NO_CACHE,
  RUN,
  TASK_SOURCE,
} from "./sdk/cache-policy.ts";
export type { ChildOptions } from "./sdk/child.ts";
export type { MillraceClient } from "./sdk/client.ts";
export {
  logger,
  type RunInfo,
  type RunLogger,
  runContext,
  type TaskContext,
  taskContext,
} from "./sdk/context.ts";
export { now, random, uuid } from "./sdk/deterministic.ts";
export type { TransactionHook } from "./sdk/end-hooks.ts";
export type { Flow, FlowInput, FlowOptions, FlowResult } from "./sdk/flow.ts";
export { asCompleted, type Future, type FutureList, wait } from "./sdk/futures.ts";
export { heartbeat } from "./sdk/heartbeat.ts";
export type { LimitFunction, LimitOptions, RateLimitFunction } from "./sdk/limit.ts";
export type {
  Concurrency,
  ConcurrencyLimit,
  LimitKey,
  Limits,
  Rate,
  RateLimit,
} from "./sdk/limit-options.ts";
export { type Unmapped, unmapped } from "./sdk/map-arguments.ts";
export type { Transaction } from "./sdk/open-transaction.ts";
export { deprecatePatch, patched } from "./sdk/patches.ts";
export { directory, type S3Options, s3 } from "./sdk/result-options.ts";
export type { CurrentState, RunHandle, StartManyOptions, StartOptions } from "./sdk/run-handle.ts";
export { branch, condition, race, shield, type Winner, withTimeout } from "./sdk/scopes.ts";
export { type InputOptions, type Signal, signal, waitForInput } from "./sdk/signals.ts";
export { sleep, sleepUntil } from "./sdk/sleep.ts";
export type { FlowHook, HookState, TaskHook, TaskRunInfo } from "./sdk/state-hooks.ts";
export type { Task } from "./sdk/task.ts";
export type { HookOptions, RetryOptions, TaskOptions } from "./sdk/task-options.ts";
export { getTransaction, type TransactionOptions, transaction } from "./sdk/transaction.ts";
export { onQuery, onUpdate } from "./sdk/updates.ts";
export { type ConnectOptions, connect } from "./workers/connect-client.ts";
export { flow, limit, rateLimit, task } from "./workers/define.ts";
export { isMain } from "./workers/is-main.ts";
