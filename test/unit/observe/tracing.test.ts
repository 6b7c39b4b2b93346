import { context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  currentTraceparent,
  inAttemptSpan,
  inRun,
  isTracing,
  recordRunSpan,
  traceIdOf,
} from "../../../src/observe/tracing.ts";

const run = { id: "01M7YKQM7P925PDQRXE4PB9AV0", name: "brisk-otter", flow: "orders", traceparent: null };
const attempt = { run, task: "extract", key: "extract#1", attempt: 2, parent: "run" as const };
const given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const ok = async () => ({ ok: true }) as const;

afterEach(() => vi.unstubAllEnvs());

describe("without an SDK", () => {
  test("nothing is traced, and work is done all the same", async () => {
    expect(isTracing()).toBe(false);
    expect(await inAttemptSpan(attempt, ok)).toEqual({ ok: true });
    expect(inRun(run, () => 3)).toBe(3);
    recordRunSpan(run, { startedAt: 1, endedAt: 2, state: "Completed", error: null });
    expect(currentTraceparent()).toBeNull();
  });

  test("the environment may name a trace; MILLRACE_TRACEPARENT wins, nonsense does not count", () => {
    vi.stubEnv("TRACEPARENT", given);
    expect(currentTraceparent()).toBe(given);
    vi.stubEnv("MILLRACE_TRACEPARENT", given.replace("4bf9", "aaaa"));
    expect(currentTraceparent()).toBe(given.replace("4bf9", "aaaa"));
    for (const nonsense of [
      "",
      "x",
      `${given}-00`,
      given.toUpperCase(),
      given.replace(/-[\da-f]{16}-/, `-${"0".repeat(16)}-`),
    ]) {
      vi.stubEnv("MILLRACE_TRACEPARENT", nonsense);
      expect(currentTraceparent()).toBeNull();
    }
  });

  test("every process comes to the same trace of a run", () => {
    expect(traceIdOf(run)).toMatch(/^[\da-f]{32}$/);
    expect(traceIdOf(run)).toBe(traceIdOf({ ...run }));
    expect(traceIdOf({ ...run, traceparent: given })).toBe("4bf92f3577b34da6a3ce929d0e0e4736");
    expect(traceIdOf({ ...run, traceparent: "broken" })).toBe(traceIdOf(run));
  });
});

describe("with an SDK", () => {
  const exporter = new InMemorySpanExporter();

  beforeEach(() => {
    const contexts = new AsyncLocalStorageContextManager().enable();
    context.setGlobalContextManager(contexts);
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    );
  });

  afterEach(() => {
    trace.disable();
    context.disable();
    exporter.reset();
  });

  test("an attempt is a child of its run, whose span comes later and elsewhere", async () => {
    const traced = { ...run, traceparent: given };

    const seen = await inAttemptSpan({ ...attempt, run: traced }, async () => ({
      ok: true as const,
      span: trace.getActiveSpan()?.spanContext(),
    }));
    recordRunSpan(traced, { startedAt: 5_000, endedAt: 7_500, state: "Completed", error: null });

    const [task, whole] = exporter.getFinishedSpans();
    expect(task?.spanContext()).toEqual(seen.span);
    expect(task).toMatchObject({ name: "task extract", attributes: { "millrace.attempt": 2 } });
    expect(task?.parentSpanContext?.spanId).toBe(whole?.spanContext().spanId);
    expect(whole).toMatchObject({ name: "run orders", startTime: [5, 0], endTime: [7, 500_000_000] });
    expect(whole?.parentSpanContext?.spanId).toBe("00f067aa0ba902b7");
    expect(new Set([task, whole].map((span) => span?.spanContext().traceId))).toEqual(
      new Set(["4bf92f3577b34da6a3ce929d0e0e4736"]),
    );
  });

  test("a run that nobody traced is the root of its own trace", async () => {
    await inAttemptSpan(attempt, ok);
    recordRunSpan(run, { startedAt: 1, endedAt: 2, state: "Failed", error: new Error("no") });

    const [task, whole] = exporter.getFinishedSpans();
    expect(whole?.parentSpanContext).toBeUndefined();
    expect(whole?.spanContext().traceId).toBe(traceIdOf(run));
    expect(whole?.status).toEqual({ code: 2, message: "no" });
    expect(task?.parentSpanContext?.spanId).toBe(whole?.spanContext().spanId);
  });

  test("a task that a task calls belongs to that one's span", async () => {
    await inAttemptSpan(attempt, async () =>
      inAttemptSpan({ ...attempt, task: "inner", parent: "caller" }, ok),
    );

    const [inner, outer] = exporter.getFinishedSpans();
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
  });

  test("a failed attempt says so", async () => {
    const error = new RangeError("zero");

    await inAttemptSpan(attempt, async () => ({ ok: false, error }) as const);

    const [span] = exporter.getFinishedSpans();
    expect(span?.status).toEqual({ code: 2, message: "zero" });
    expect(span?.events.map(({ name }) => name)).toEqual(["exception"]);
  });

  test("the context of the creator is that of its active span, in a flow that of the run", () => {
    const span = trace.getTracer("test").startSpan("creator");
    const { traceId, spanId } = span.spanContext();
    vi.stubEnv("TRACEPARENT", given);

    const created = context.with(trace.setSpan(ROOT_CONTEXT, span), currentTraceparent);

    expect(created).toBe(`00-${traceId}-${spanId}-01`);
    expect(currentTraceparent()).toBe(given);
    expect(inRun({ ...run, traceparent: created }, () => trace.getActiveSpan()?.spanContext().traceId)).toBe(
      traceId,
    );
  });
});
