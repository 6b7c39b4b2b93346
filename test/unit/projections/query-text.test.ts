import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isEngineError } from "../../../src/base/errors.ts";
import { acceptRun, asksSummaries } from "../../../src/projections/accept-run.ts";
import { fingerprintOf } from "../../../src/projections/fingerprint.ts";
import { parseQuery, printQuery, type QueryTerm, queryFields } from "../../../src/projections/query-text.ts";
import { toRunFilter } from "../../../src/projections/run-filter.ts";
import { newSummary } from "../../../src/projections/run-summary.ts";

const now = Date.parse("2026-05-01T00:00:00Z");
const hourMs = 3_600_000;

test("a query becomes a filter", () => {
  const text =
    'status:failed,crashed flow:etl tag:prod tags:x queue:gpu created>-24h duration>5m input.customer=42 error~"ECONN"';

  expect(toRunFilter(text, now)).toEqual({
    states: ["failed", "crashed"],
    flows: ["etl"],
    tags: ["prod", "x"],
    queue: "gpu",
    createdAfter: now - 24 * hourMs + 1,
    durationAtLeastMs: 300_001,
    nowMs: now,
    parameters: { customer: 42 },
    errorParts: ["ECONN"],
  });
});

test("a word alone is a part of the name, and an input in quotation marks is text", () => {
  expect(toRunFilter('brisk input.id="42" name:a,b', now)).toEqual({
    nameParts: ["brisk"],
    parameters: { id: "42" },
    names: ["a", "b"],
  });
});

test("a time without a zone is UTC, wherever it is read; two bounds narrow each other", () => {
  const at = Date.parse("2026-04-30T12:00:00Z");

  expect(toRunFilter("created>=2026-04-30T12:00 created<2026-05-01 created<2026-06-01", now)).toEqual({
    createdAfter: at,
    createdBefore: Date.parse("2026-05-01T00:00:00Z"),
  });
});

test.each([
  ["statu:failed", 'There is no field "statu"'],
  ["status>failed", "asked for with : or ="],
  ["status:", "A value is missing"],
  ["status:a,,b", "A value is missing"],
  ['error~"open', "never closed"],
  ["input=3", "which field of the input"],
  ["flow.x:3", "has no parts"],
  ["queue:a,b", "takes one value"],
  ["queue:a queue:b", "asked for twice"],
  ["created>yesterday", "give how long ago"],
  ["duration>long", "give a duration"],
])("%s is refused: %s", (text, message) => {
  let refusal: unknown = null;
  try {
    toRunFilter(text, now);
  } catch (error) {
    refusal = error;
  }
  expect(isEngineError(refusal, "OPTION_INVALID") && refusal.message).toContain(message);
});

test("problems say where they are, and what is right beside them is read", () => {
  const { terms, problems } = parseQuery("flow:etl  bad:1 tag:x");

  expect(terms).toHaveLength(2);
  expect(problems).toMatchObject([{ at: 10, length: 5 }]);
});

test("what is printed is read as the same", () => {
  const value = fc.record({ text: fc.string({ minLength: 1 }), isQuoted: fc.constant(true) });
  const term = fc
    .record({
      field: fc.constantFrom(...(Object.keys(queryFields) as (keyof typeof queryFields)[])),
      values: fc.array(value, { minLength: 1, maxLength: 3 }),
    })
    .map(({ field, values }): QueryTerm => {
      const { ops, many } = queryFields[field];
      const op = ops[0];
      return {
        field,
        path: field === "input" ? "a.b" : null,
        op,
        values: many ? values : values.slice(0, 1),
      };
    });
  fc.assert(
    fc.property(fc.array(term), (terms) => {
      expect(parseQuery(printQuery(terms))).toEqual({ terms, problems: [] });
    }),
  );
});

test("no text makes the reader fail or hang, and each problem lies within it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      for (const { at, length } of parseQuery(text).problems) {
        expect(length).toBeGreaterThan(0);
        expect(at + length).toBeLessThanOrEqual(text.length);
      }
    }),
    { numRuns: 500, examples: [["constructor:x"], ["__proto__=1"]] },
  );
});

test("summaries are judged by what only they tell", () => {
  const run = {
    ...newSummary("r"),
    name: "brisk-otter",
    error: "Error: ECONNREFUSED 10.0.0.7:5432",
    startedAt: now - 10 * hourMs,
    endedAt: now - 9 * hourMs,
  };
  const accepts = (text: string): boolean => acceptRun(toRunFilter(text, now))(run);

  expect(["otter", "error~econnrefused", "duration>59m", "duration<=1h", "started<-9h"].map(accepts)).toEqual(
    Array(5).fill(true),
  );
  expect(
    ["lynx", "error~EPIPE", "duration>1h", "started>-9h", "ended>-1h", "name:brisk"].map(accepts),
  ).toEqual(Array(6).fill(false));
  expect(accepts(`fingerprint:${fingerprintOf("Error: ECONNREFUSED 10.0.0.12:5433")}`)).toBe(true);
  expect(asksSummaries(toRunFilter("status:failed created>-1h", now))).toBe(false);
});

test("an open run has lasted until now, and one that was not begun not at all", () => {
  const open = { ...newSummary("r"), startedAt: now - hourMs };

  expect(acceptRun(toRunFilter("duration>30m", now))(open)).toBe(true);
  expect(acceptRun(toRunFilter("duration<2h", now))(newSummary("r"))).toBe(false);
});
