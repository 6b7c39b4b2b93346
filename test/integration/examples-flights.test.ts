import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  addFlight,
  type DelayReport,
  emptyReport,
  type Flight,
  mergeReports,
} from "../../examples/flights/delay-report.ts";
import { addDelay, delayBounds, noFlights, quantileMinutes } from "../../examples/flights/delay-stats.ts";
import { bundledFlights, openFlights } from "../../examples/flights/flights-file.ts";
import { listRowGroups, rowGroupStats } from "../../examples/flights/row-group-stats.ts";
import { formatOrigins, worstOrigins } from "../../examples/flights/worst-origins.ts";
import { writeReport } from "../../examples/flights/write-report.ts";
import { onePass, type Sums } from "../support/flights-one-pass.ts";
import { readParquetTable } from "../support/read-parquet.ts";

let dir: string;
let merged: DelayReport;

async function reportOf(path: string): Promise<DelayReport> {
  const flights = await openFlights(path);
  const parts: DelayReport[] = [];
  for (const group of listRowGroups(flights)) parts.push(await rowGroupStats(flights, group));
  return mergeReports(parts);
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "millrace-flights-"));
  merged = await reportOf(bundledFlights());
}, 90_000);

afterAll(() => rm(dir, { recursive: true, force: true }));

function sumsOf(group: DelayReport["byDay"]): Map<string, Sums> {
  const sums = [...group].map(([key, { flights, sumMinutes, maxMinutes, late }]) => {
    return [key, { flights, sumMinutes, maxMinutes: maxMinutes ?? Number.NaN, late }] as const;
  });
  return new Map(sums);
}

test("the merged row groups give what one pass over three million rows gives", async () => {
  const expected = onePass(await readFile(bundledFlights()));

  expect(merged.flights).toBe(3_000_000);
  expect(sumsOf(merged.byOrigin)).toEqual(expected.byOrigin);
  expect(sumsOf(merged.byDay)).toEqual(expected.byDay);
  for (const { flights, unknown, bins } of [...merged.byOrigin.values(), ...merged.byDay.values()]) {
    expect(bins.reduce((sum, bin) => sum + bin)).toBe(flights - unknown);
  }
}, 90_000); // five seconds of CPU, on machines that may be busy

test("a row group's task reads three columns of that group and nothing else", async () => {
  const { file, metadata } = await openFlights(bundledFlights());
  const group = listRowGroups({ file, metadata })[4];
  const chunks = metadata.row_groups[4]?.columns.map((chunk) => chunk.meta_data) ?? [];
  const needed = chunks.filter(
    (chunk) => chunk !== undefined && /^(date|delay|origin)$/.test(chunk.path_in_schema.join()),
  );
  const size = needed.reduce((sum, chunk) => sum + Number(chunk?.total_compressed_size), 0);
  let bytesRead = 0;
  const counted = {
    byteLength: file.byteLength,
    slice: (start: number, end = file.byteLength) => {
      bytesRead += end - start;
      return file.slice(start, end);
    },
  };

  const stats = await rowGroupStats(
    { file: counted, metadata },
    group ?? { index: 0, rowStart: 0, rowEnd: 0 },
  );

  expect(stats.flights).toBe(272_727);
  expect(needed).toHaveLength(3);
  expect(bytesRead).toBeLessThan(size + 1_000);
});

const someFlight = fc.record<Flight>({
  origin: fc.constantFrom("ABE", "JFK", "YAK", ""),
  day: fc.constantFrom("2001-01-01", "2001-01-02"),
  delayMinutes: fc.option(fc.integer({ min: -100, max: 2_000 })),
});

test("cutting the flights anywhere and merging in any order changes nothing", () => {
  const report = (flights: readonly Flight[]): DelayReport => {
    const counted = emptyReport();
    for (const flight of flights) addFlight(counted, flight);
    return counted;
  };
  fc.assert(
    fc.property(fc.array(someFlight), fc.nat(), fc.nat(), (flights, one, other) => {
      const [from, to] = [one, other].map((at) => at % (flights.length + 1)).toSorted((a, b) => a - b);
      const parts = [flights.slice(0, from), flights.slice(from, to), flights.slice(to)].map(report);
      const before = structuredClone(parts);

      expect(mergeReports(parts.toReversed())).toEqual(report(flights));
      expect(mergeReports([mergeReports(parts.slice(0, 2)), ...parts.slice(2)])).toEqual(report(flights));
      expect(parts).toEqual(before);
    }),
  );
});

test("a quantile is the smallest bound that enough flights keep", () => {
  const delays = fc.array(fc.integer({ min: -100, max: 2_000 }), { minLength: 1 });
  fc.assert(
    fc.property(delays, fc.constantFrom(0.5, 0.9, 1), (minutes, quantile) => {
      const stats = noFlights();
      for (const delay of minutes) addDelay(stats, delay);
      const exact = minutes.toSorted((a, b) => a - b)[Math.ceil(quantile * minutes.length) - 1] ?? Number.NaN;
      const bound = delayBounds.find((candidate) => candidate >= exact) ?? Number.POSITIVE_INFINITY;

      expect(quantileMinutes(stats, quantile)).toBe(Math.min(bound, Math.max(...minutes)));
    }),
  );
  expect(quantileMinutes(noFlights(), 0.5)).toBeNull();
});

test("flights without a delay, an origin or a date are counted, and counted apart", async () => {
  const path = join(dir, "nulls.parquet");
  const date = new Date("1969-12-31T23:59:00Z"); // before the epoch: days are rounded down, not to zero
  const micros = { type: "INT64", converted_type: "TIMESTAMP_MICROS", repetition_type: "OPTIONAL" } as const;
  const bytes = parquetWriteBuffer({
    rowGroupSize: 2,
    schema: [
      { name: "root", num_children: 3 },
      { name: "date", ...micros },
      { name: "delay", type: "INT64", repetition_type: "OPTIONAL" },
      { name: "origin", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
    ],
    columnData: [
      { name: "date", data: [date, date, null] },
      { name: "delay", data: [20n, null, -3n] },
      { name: "origin", data: ["JFK", "JFK", null] },
    ],
  });
  await writeFile(path, new Uint8Array(bytes));

  const { flights, byOrigin, byDay } = await reportOf(path);

  expect(flights).toBe(3);
  expect(byOrigin.get("JFK")).toMatchObject({
    flights: 2,
    unknown: 1,
    sumMinutes: 20,
    maxMinutes: 20,
    late: 1,
  });
  expect(byOrigin.get("")).toMatchObject({ flights: 1, unknown: 0, sumMinutes: -3, maxMinutes: -3, late: 0 });
  expect([...byDay.keys()]).toEqual(["1969-12-31", ""]);
});

test("the report's tables are what an independent reader expects", async () => {
  const files = await writeReport(merged, dir);
  const days = readParquetTable(await readFile(files.byDay));
  const origins = readParquetTable(await readFile(files.byOrigin));

  expect(days.columns).toMatchObject({
    day: "utf8",
    flights: "int32?",
    sum_minutes: "int64",
    mean_minutes: "double?",
  });
  expect(days.rows.map((row) => row["day"])).toEqual([...merged.byDay.keys()].toSorted());
  expect(origins.rows).toHaveLength(merged.byOrigin.size);
  expect(origins.rows.reduce((sum, row) => sum + Number(row["flights"]), 0)).toBe(3_000_000);
  expect(origins.rows.find((row) => row["origin"] === "JFK")).toMatchInlineSnapshot(`
    {
      "flights": 31270,
      "late": 9564,
      "late_share": 0.3058522545570835,
      "max_minutes": 1245,
      "mean_minutes": 12.30594819315638,
      "origin": "JFK",
      "p50_minutes": 5,
      "p90_minutes": 60,
      "sum_minutes": 384807,
      "unknown": 0,
    }
  `);
});

test("the terminal table has the worst origins first, and none that has few flights", () => {
  const worst = worstOrigins(merged, 3);

  expect(worst.every(({ flights }) => flights >= 1_000)).toBe(true);
  expect(formatOrigins(worst)).toMatchInlineSnapshot(`
    "origin  flights  mean min    late  p90 min
    BGR       1,562      16.6  33.1 %     ≤ 90
    SBP       1,186      14.4  31.2 %     ≤ 60
    JNU       1,981      14.1  25.0 %     ≤ 45"
  `);
  expect(formatOrigins([])).toBe("origin  flights  mean min  late  p90 min");
});

test("a file that cannot be used is refused with its path and the reason", async () => {
  const path = join(dir, "file.parquet");
  await expect(openFlights(path)).rejects.toMatchObject({
    name: "FlightsFileError",
    message: `${path}: no such file; give another --file`,
  });
  await writeFile(path, "origin,delay\n");
  await expect(openFlights(path)).rejects.toThrow(`${path}: is not a Parquet file`);
  const other = parquetWriteBuffer({ columnData: [{ name: "origin", data: ["JFK"], type: "STRING" }] });
  await writeFile(path, new Uint8Array(other));
  await expect(openFlights(path)).rejects.toThrow(
    `${path}: has no column date, delay; its columns are origin`,
  );
});
