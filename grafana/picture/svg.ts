/** A rectangle of a picture, in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export const ink = {
  page: "#111217",
  panel: "#181b1f",
  edge: "#2c3235",
  grid: "#25292e",
  text: "#d8d9e0",
  dim: "#8e8ea0",
} as const;

const named: Readonly<Record<string, string>> = {
  green: "#73bf69",
  red: "#f2495c",
  orange: "#ff9830",
  blue: "#5794f2",
  purple: "#b877d9",
  text: "#a0a0ae",
};
const palette = [
  "#73bf69",
  "#f2cc0c",
  "#8ab8ff",
  "#ff780a",
  "#b877d9",
  "#5794f2",
  "#fade2a",
  "#37872d",
  "#e0b400",
  "#a352cc",
];

/** The colour of a series: its fixed one, else the next of the palette. */
export const colorOf = (name: string | undefined, index: number): string =>
  (name === undefined ? undefined : (named[name] ?? name)) ?? palette[index % palette.length] ?? ink.text;

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

interface TextLook {
  readonly size?: number; // px, default 11
  readonly fill?: string;
  readonly anchor?: "start" | "middle" | "end";
  readonly bold?: boolean;
}

export function text(x: number, y: number, words: string, look: TextLook = {}): string {
  const { size = 11, fill = ink.dim, anchor = "start", bold = false } = look;
  const weight = bold ? ' font-weight="600"' : "";
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${fill}" text-anchor="${anchor}"${weight}>${escape(words)}</text>`;
}

export function rect({ x, y, w, h }: Box, fill: string, more = ""): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(w)}" height="${round(h)}" fill="${fill}" ${more}/>`;
}

export const round = (value: number): number => Math.round(value * 10) / 10;

/** At most as much of the words as fits into so many pixels. */
export function fit(words: string, width: number, size = 11): string {
  const most = Math.max(1, Math.floor(width / (size * 0.56)));
  return words.length <= most ? words : `${words.slice(0, most - 1)}…`;
}
