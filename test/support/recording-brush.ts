import type { Brush } from "../../web/run/timeline/brush.ts";

export interface Stroke {
  readonly what: "fill" | "frame" | "text" | "line";
  readonly color: unknown;
  readonly text: string; // "" unless it is text
  readonly x: number;
  readonly y: number;
  readonly width: number; // 0 of text and lines
}

/** A canvas that remembers what was drawn on it. */
export class RecordingBrush implements Brush {
  readonly strokes: Stroke[] = [];
  fillStyle: unknown = "";
  strokeStyle: unknown = "";
  lineWidth = 1;
  globalAlpha = 1;
  font = "";
  textAlign = "left";
  textBaseline = "top";

  fillRect(x: number, y: number, width: number): void {
    this.strokes.push({ what: "fill", color: this.fillStyle, text: "", x, y, width });
  }
  strokeRect(x: number, y: number, width: number): void {
    this.strokes.push({ what: "frame", color: this.strokeStyle, text: "", x, y, width });
  }
  fillText(text: string, x: number, y: number): void {
    this.strokes.push({ what: "text", color: this.fillStyle, text, x, y, width: 0 });
  }
  moveTo(x: number, y: number): void {
    this.strokes.push({ what: "line", color: this.strokeStyle, text: "", x, y, width: 0 });
  }
  lineTo(): void {}
  clearRect(): void {}
  beginPath(): void {}
  rect(): void {}
  clip(): void {}
  stroke(): void {}
  save(): void {}
  restore(): void {}

  get texts(): readonly string[] {
    return this.strokes.flatMap(({ what, text }) => (what === "text" ? [text] : []));
  }

  colorsOf(what: Stroke["what"]): ReadonlySet<unknown> {
    return new Set(this.strokes.filter((stroke) => stroke.what === what).map(({ color }) => color));
  }
}
