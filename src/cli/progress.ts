import { colorsOf, note } from "./print.ts";

/** How far something is. */
export interface Progress {
  readonly runs: number;
  readonly total: number;
}

const barWidth = 30;
const drawMs = 100;

/** Shows on stderr how far `work` is, and leaves a clean line. */
export async function showProgress<T>(
  title: string,
  work: (onProgress: (progress: Progress) => void) => Promise<T>,
): Promise<T> {
  const bar = new ProgressBar(title);
  try {
    return await work(bar.show);
  } finally {
    bar.end();
  }
}

/** Shows on stderr how far something is: a bar on a terminal, else a line for each tenth. */
export class ProgressBar {
  readonly #title: string;
  readonly #isTerminal = process.stderr.isTTY;
  #tenth = 0;
  #drawnAt = 0;

  constructor(title: string) {
    this.#title = title;
  }

  readonly show = (progress: Progress): void => {
    if (this.#isTerminal) this.#draw(progress);
    else this.#say(progress);
  };

  /** Leaves a clean line for what comes next. */
  end(): void {
    if (this.#isTerminal) process.stderr.write("\r\u001b[K");
  }

  #draw(progress: Progress): void {
    const now = Date.now();
    if (now - this.#drawnAt < drawMs && progress.runs < progress.total) return;
    this.#drawnAt = now;
    const colors = colorsOf(process.stderr);
    const done = Math.round(shareOf(progress) * barWidth);
    const bar = colors.green("█".repeat(done)) + colors.dim("░".repeat(barWidth - done));
    process.stderr.write(`\r${this.#title} ${bar} ${toText(progress)}\u001b[K`);
  }

  #say(progress: Progress): void {
    const tenth = Math.floor(shareOf(progress) * 10);
    if (tenth <= this.#tenth) return;
    this.#tenth = tenth;
    note(`${this.#title}: ${toText(progress)}`);
  }
}

function shareOf({ runs, total }: Progress): number {
  return total === 0 ? 1 : Math.min(1, runs / total);
}

function toText(progress: Progress): string {
  return `${progress.runs} of ${progress.total} runs (${Math.floor(shareOf(progress) * 100)} %)`;
}
