/** "4,312". */
export function toCount(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

/** "1 run", "4,312 runs". */
export function toCounted(count: number, one: string, many = `${one}s`): string {
  return `${toCount(count)} ${count === 1 ? one : many}`;
}

/** Where room is short: "987", "4.3k", "1.2M". */
export function toShortCount(count: number): string {
  if (count < 1_000) return String(Math.round(count));
  const [size, unit] = count < 999_500 ? [count / 1_000, "k"] : [count / 1_000_000, "M"];
  return `${size < 10 ? size.toFixed(1).replace(/\.0$/, "") : Math.round(size)}${unit}`;
}

/** "98.3 %"; "–" of nothing. */
export function toShare(part: number, whole: number): string {
  if (whole === 0) return "–";
  const share = (part / whole) * 100;
  // 99.96 % is not 100 %: a list that hides its one failure lies.
  const shown = share > 99.9 && part < whole ? 99.9 : share;
  return `${Number(shown.toFixed(1))} %`;
}

/** "812 B", "1.4 KiB", "38 MiB". */
export function toBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = bytes;
  let unit = 0;
  for (; size >= 1_024 && unit < units.length - 1; unit += 1) size /= 1_024;
  return `${size < 10 && unit > 0 ? size.toFixed(1) : Math.round(size)} ${units[unit] ?? ""}`;
}
