/** Lines of a terminal that are written over and over, at most ten times a second. */
export class Rewriter {
  readonly #stream: NodeJS.WriteStream;
  readonly #lines: () => readonly string[];
  #shown = 0; // lines on the screen that are ours
  #drawnAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;

  constructor(stream: NodeJS.WriteStream, lines: () => readonly string[]) {
    this.#stream = stream;
    this.#lines = lines;
  }

  /** Something has changed. */
  touch(): void {
    if (this.#timer !== null) return;
    const inMs = Math.max(0, this.#drawnAt + everyMs - Date.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#draw();
    }, inMs);
  }

  /** Leaves the last state on the screen, and what follows below it. */
  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#draw();
    this.#shown = 0;
  }

  #draw(): void {
    this.#drawnAt = Date.now();
    const lines = this.#lines();
    const up = this.#shown === 0 ? "" : `\u001b[${this.#shown}A`;
    const text = lines.map((line) => `${line}\u001b[K\n`).join("");
    this.#stream.write(`${up}\r${text}\u001b[J`);
    this.#shown = lines.length;
  }
}

const everyMs = 100;
