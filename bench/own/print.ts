import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { cpus, totalmem } from "node:os";
import { isNativeAccelerationEnabled } from "msgpackr";
import { isMet, type Result, spreadOf, type Target } from "./measure.ts";

/** What the figures were measured on; figures of different machines cannot be compared. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly node: string;
  readonly redis: string;
  readonly msgpackr: "native" | "javascript";
  readonly millrace: string;
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    redis: redisVersion(),
    msgpackr: isNativeAccelerationEnabled ? "native" : "javascript",
    millrace: ownVersion(),
  };
}

function redisVersion(): string {
  for (const binary of ["redis-server", "valkey-server"]) {
    try {
      const text = execFileSync(binary, ["--version"], { encoding: "utf8" });
      return `${binary} ${/v=(\S+)/.exec(text)?.[1] ?? text.trim()}`;
    } catch {
      // the other one, then
    }
  }
  return "none";
}

function ownVersion(): string {
  const own: unknown = createRequire(import.meta.url)("../../package.json");
  return typeof own === "object" && own !== null && "version" in own ? String(own.version) : "unknown";
}

export function machineLine({ cpu, cores, memoryGib, node, redis, msgpackr }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGib} GiB, node ${node}, ${redis}, msgpackr ${msgpackr}`;
}

const columns = ["workload", "figure", "unit", "AOF", "min", "median", "max", "target", ""] as const;

/** The results as a table for people. */
export function toTable(results: readonly Result[]): string {
  const rows = results.map((result) => {
    const { min, median, max } = spreadOf(result.values);
    const { workload, figure, durability } = result;
    const numbers = [min, median, max].map(toShort);
    return [
      workload,
      figure.name,
      figure.unit,
      durability,
      ...numbers,
      toBound(figure.target),
      toVerdict(result),
    ];
  });
  const all = [[...columns], ...rows];
  const widths = columns.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => pad(cell, column, widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function pad(cell: string, column: number, width: number): string {
  return column >= 4 && column <= 6 ? cell.padStart(width) : cell.padEnd(width);
}

function toVerdict(result: Result): string {
  const met = isMet(result);
  if (met === null) return "";
  return met ? "met" : "MISSED";
}

function toBound(target: Target): string {
  if (target === null) return "";
  return "atMost" in target ? `<= ${target.atMost}` : `>= ${target.atLeast}`;
}

function toShort(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString("en-US");
  return value.toPrecision(3);
}

/** One line of JSON per result. */
export function toJsonLines(results: readonly Result[], machine: Machine): string {
  const at = new Date().toISOString();
  return results
    .map((result) => {
      const { workload, figure, durability, values } = result;
      const spread = spreadOf(values);
      const { name, unit, target } = figure;
      return `${JSON.stringify({ at, workload, figure: name, unit, durability, ...spread, values, target, met: isMet(result), machine })}\n`;
    })
    .join("");
}
