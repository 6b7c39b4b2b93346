/** A value as people read it, in a unit of Grafana. */
export function format(value: number, unit: string): string {
  if (!Number.isFinite(value)) return "–";
  switch (unit) {
    case "s":
      return seconds(value);
    case "bytes":
      return scaled(value, 1_024, ["B", "KiB", "MiB", "GiB", "TiB"]);
    case "percentunit":
      return `${trimmed(value * 100)} %`;
    case "opm":
      return `${trimmed(value)} /min`;
    case "ops":
      return `${trimmed(value)} /s`;
    default:
      return scaled(value, 1_000, ["", "K", "M", "G"]);
  }
}

function seconds(value: number): string {
  if (value === 0) return "0 s";
  if (value < 0.001) return `${trimmed(value * 1e6)} µs`;
  if (value < 1) return `${trimmed(value * 1_000)} ms`;
  if (value < 90) return `${trimmed(value)} s`;
  if (value < 5_400) return `${trimmed(value / 60)} min`;
  return value < 129_600 ? `${trimmed(value / 3_600)} h` : `${trimmed(value / 86_400)} d`;
}

function scaled(value: number, base: number, names: readonly string[]): string {
  const power = Math.min(
    names.length - 1,
    Math.max(0, Math.floor(Math.log(Math.abs(value) || 1) / Math.log(base))),
  );
  const name = names[power] ?? "";
  return `${trimmed(value / base ** power)}${name === "" ? "" : ` ${name}`}`;
}

/** Three digits that matter, and no zeros behind the point. */
const trimmed = (value: number): string => String(Number(value.toPrecision(3)));

/** About `count` numbers from 0 to `max` that are round in their unit. */
export function ticks(max: number, count: number, unit: string): readonly number[] {
  const size = unit === "bytes" ? 1_024 ** Math.floor(Math.log(max) / Math.log(1_024)) : 1;
  const rough = max / size / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10) * power * size;
  return Array.from({ length: Math.floor(max / step + 1e-9) + 1 }, (_, index) => index * step);
}
