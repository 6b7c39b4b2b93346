/** A piece of a line with one look. */
export interface Styled {
  readonly text: string;
  readonly color: AnsiColor | null; // null = that of the line
  readonly isBold: boolean;
}

const colors = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;
type AnsiColor = (typeof colors)[number];

// oxlint-disable-next-line no-control-regex -- escape sequences begin with one
const sequence = /\u001B\[([\d;]*)([A-Za-z])/g;

/** What a terminal would show of a line, as far as colour and weight go; every other escape sequence is left out. */
export function readAnsi(line: string): readonly Styled[] {
  const parts: Styled[] = [];
  let style: Omit<Styled, "text"> = { color: null, isBold: false };
  let at = 0;
  for (const match of line.matchAll(sequence)) {
    if (match.index > at) parts.push({ ...style, text: line.slice(at, match.index) });
    if (match[2] === "m") style = restyle(style, match[1] ?? "");
    at = match.index + match[0].length;
  }
  if (at < line.length) parts.push({ ...style, text: line.slice(at) });
  return parts;
}

function restyle(style: Omit<Styled, "text">, codes: string): Omit<Styled, "text"> {
  let { color, isBold } = style;
  for (const code of (codes === "" ? "0" : codes).split(";").map(Number)) {
    if (code === 0) [color, isBold] = [null, false];
    else if (code === 1) isBold = true;
    else if (code === 22) isBold = false;
    else if (code === 39) color = null;
    else color = colorOf(code) ?? color;
  }
  return { color, isBold };
}

/** Of a code for text in one of eight colours, plain or bright; null = it is no such code. */
function colorOf(code: number): AnsiColor | null {
  const index = code >= 90 ? code - 90 : code - 30;
  return colors[index] ?? null;
}
