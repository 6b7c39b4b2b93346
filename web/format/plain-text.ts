/**
 * Text of users on one line: control characters, which can hide or reorder what stands around them, become visible
 * marks. (React escapes markup; it does not touch these.)
 */
export function toPlainLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "\u{fffd}");
}

/** As `toPlainLine`, cut to `width` characters (never inside one). */
export function toShortLine(text: string, width: number): string {
  const line = toPlainLine(text.length > width * 4 ? text.slice(0, width * 4) : text);
  const characters = Array.from(line); // by code points: no half of a pair is left
  return characters.length <= width && text.length <= width * 4
    ? line
    : `${characters.slice(0, width - 1).join("")}…`;
}
