import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import type * as OpenTelemetry from "@opentelemetry/api";

type Api = typeof OpenTelemetry;

/** A run, as much of it as its spans tell. */
export interface TracedRun {
  readonly id: string;
  readonly name: string;
  readonly flow: string;
  readonly traceparent: string | null; // W3C trace context of the creator; null = it was not traced
}

export interface TracedAttempt {
  readonly run: TracedRun | null; // null = called outside a flow
  readonly task: string;
  readonly key: string;
  readonly attempt: number; // 1 = first try
  readonly parent: "run" | "caller"; // a task that is called by a task belongs to that one's span
}

export interface EndedRun {
  readonly startedAt: number; // epoch ms
  readonly endedAt: number;
  readonly state: string; // name
  readonly error: Error | null; // null = it did not fail
}

type Result = { readonly ok: true } | { readonly ok: false; readonly error: Error };

const load = createRequire(import.meta.url);
const place = Symbol.for("opentelemetry.js.api.1"); // where every copy of the API finds what is registered
const registry: typeof globalThis & { readonly [place]?: { readonly trace?: unknown } } = globalThis;
let loaded: Api | null = null;

/** null = nobody traces in this process. The API is loaded when somebody does: that takes 30 ms. */
function api(): Api | null {
  if (registry[place]?.trace === undefined) return null;
  loaded ??= loadApi();
  return loaded;
}

function loadApi(): Api {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a module of this name has this type
  return load("@opentelemetry/api") as Api;
}

export function isTracing(): boolean {
  return registry[place]?.trace !== undefined;
}

/** W3C trace context of the calling code, else of MILLRACE_TRACEPARENT or TRACEPARENT; null = there is none. */
export function currentTraceparent(): string | null {
  const otel = api();
  const active = otel?.trace.getSpanContext(otel.context.active());
  if (otel !== null && active !== undefined && otel.isSpanContextValid(active)) {
    return `00-${active.traceId}-${active.spanId}-${(active.traceFlags & 1).toString(16).padStart(2, "0")}`;
  }
  const given = process.env["MILLRACE_TRACEPARENT"] ?? process.env["TRACEPARENT"];
  return given !== undefined && parseTraceparent(given) !== null ? given : null;
}

interface RemoteSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

function parseTraceparent(text: string): RemoteSpan | null {
  const form = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})$/;
  const [, traceId, spanId, flags = "0"] = form.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined) return null;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}

/** The trace of a run: that of its creator, else one made of the run's id; every process comes to the same. */
export function traceIdOf({ id, traceparent }: Pick<TracedRun, "id" | "traceparent">): string {
  const parent = traceparent === null ? null : parseTraceparent(traceparent);
  return parent?.traceId ?? digest(`trace ${id}`, 32);
}

/** The run's own span. Its id is made of the run's id, as tasks need it long before the span is written. */
function spanOf(run: TracedRun): RemoteSpan & { readonly isRemote: true } {
  const parent = run.traceparent === null ? null : parseTraceparent(run.traceparent);
  const traceFlags = parent?.traceFlags ?? 1;
  return { traceId: traceIdOf(run), spanId: digest(`run ${run.id}`, 16), traceFlags, isRemote: true };
}

function digest(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}

/** Calls `fn` with the run's span as the active one. */
export function inRun<T>(run: TracedRun, fn: () => T): T {
  const otel = api();
  if (otel === null) return fn();
  return otel.context.with(otel.trace.setSpanContext(otel.context.active(), spanOf(run)), fn);
}

/** Does the work of an attempt in a span of its own, which is the active one meanwhile. */
export async function inAttemptSpan<T extends Result>(
  { run, task, key, attempt, parent }: TracedAttempt,
  work: () => Promise<T>,
): Promise<T> {
  const otel = api();
  if (otel === null) return work();
  const { context, trace, SpanStatusCode } = otel;
  const active = context.active();
  const isOfRun = run !== null && parent === "run";
  const above = isOfRun ? trace.setSpanContext(active, spanOf(run)) : active;
  const attributes = { ...attributesOf(run), "millrace.task": key, "millrace.attempt": attempt };
  const span = trace.getTracer("millrace").startSpan(`task ${task}`, { attributes }, above);
  const result = await context.with(trace.setSpan(above, span), work);
  if (!result.ok) {
    span.recordException(result.error);
    span.setStatus({ code: SpanStatusCode.ERROR, message: result.error.message });
  }
  span.end();
  return result;
}

/** Writes the span of a run that this process has ended, whoever began it. */
export function recordRunSpan(run: TracedRun, { startedAt, endedAt, state, error }: EndedRun): void {
  const otel = api();
  if (otel === null) return;
  const { trace, ROOT_CONTEXT, SpanStatusCode } = otel;
  const parent = run.traceparent === null ? null : parseTraceparent(run.traceparent);
  const above =
    parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
  const attributes = { ...attributesOf(run), "millrace.state": state };
  const startTime = new Date(startedAt); // a number from before this process began would count from its beginning
  const span = trace.getTracer("millrace").startSpan(`run ${run.flow}`, { attributes, startTime }, above);
  if (!span.isRecording()) return; // a sampler left it out
  const { traceId, spanId } = spanOf(run);
  Object.assign(span.spanContext(), { traceId, spanId }); // the API cannot begin a span whose id is known already
  if (error !== null) {
    span.recordException(error, new Date(endedAt));
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
  }
  span.end(new Date(endedAt));
}

function attributesOf(run: TracedRun | null): Readonly<Record<string, string>> {
  if (run === null) return {};
  return { "millrace.run": run.id, "millrace.run.name": run.name, "millrace.flow": run.flow };
}
