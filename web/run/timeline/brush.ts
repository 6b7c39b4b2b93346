/** As much of a canvas as the painters use: a test can stand in for it. */
export interface Brush {
  fillStyle: unknown;
  strokeStyle: unknown;
  lineWidth: number;
  globalAlpha: number;
  font: string;
  textAlign: string;
  textBaseline: string;
  fillRect(x: number, y: number, width: number, height: number): void;
  strokeRect(x: number, y: number, width: number, height: number): void;
  clearRect(x: number, y: number, width: number, height: number): void;
  fillText(text: string, x: number, y: number): void;
  beginPath(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  rect(x: number, y: number, width: number, height: number): void;
  clip(): void;
  stroke(): void;
  save(): void;
  restore(): void;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Slanted lines: somebody waits, nobody works. A colour alone would not say so. */
export function hatch(brush: Brush, box: Box, color: string): void {
  const { x, y, width, height } = box;
  brush.save();
  brush.beginPath();
  brush.rect(x, y, width, height);
  brush.clip();
  brush.strokeStyle = color;
  brush.lineWidth = 1;
  brush.beginPath();
  const from = Math.floor(x / hatchGap) * hatchGap - height; // lines of neighbours meet
  for (let start = from; start < x + width; start += hatchGap) {
    brush.moveTo(start, y + height);
    brush.lineTo(start + height, y);
  }
  brush.stroke();
  brush.restore();
}

const hatchGap = 5;

/** A cross: this failed. */
export function cross(brush: Brush, { x, y, width, height }: Box, color: string): void {
  brush.strokeStyle = color;
  brush.lineWidth = 1.6;
  brush.beginPath();
  brush.moveTo(x, y);
  brush.lineTo(x + width, y + height);
  brush.moveTo(x + width, y);
  brush.lineTo(x, y + height);
  brush.stroke();
}

/** As much of a text as fits; its end is what people can do without. */
export function fitText(text: string, width: number, pxPerCharacter: number): string {
  const room = Math.max(0, Math.floor(width / pxPerCharacter));
  if (text.length <= room) return text;
  return room <= 1 ? "" : `${text.slice(0, room - 1)}…`;
}
