import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { boards } from "../boards.ts";
import { drawBoard } from "./draw-board.ts";

export interface PictureOptions {
  readonly url: string; // of Prometheus
  readonly folder: string; // is there
  readonly from: number; // epoch seconds
  readonly to: number;
  readonly rate: string; // what $__rate_interval stands for
}

const pointsWide = 240; // of a curve

/** Writes a picture of each dashboard; gives the files. */
export async function writePictures({
  url,
  folder,
  from,
  to,
  rate,
}: PictureOptions): Promise<readonly string[]> {
  const step = Math.max(1, Math.round((to - from) / pointsWide));
  const files: string[] = [];
  for (const board of boards) {
    const file = join(folder, `${board.uid ?? "board"}.svg`);
    writeFileSync(file, await drawBoard(board, url, { from, to, step, rate }));
    const png = file.replace(/svg$/, "png");
    const { status } = spawnSync("rsvg-convert", ["-o", png, file]); // null = there is none
    files.push(status === 0 ? png : file);
  }
  return files;
}
