import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** The two steps a test lets fail. */
export interface ReplaceSteps {
  sync: (file: FileHandle) => Promise<void>;
  rename: (from: string, to: string) => Promise<void>;
}

const realSteps: ReplaceSteps = { sync: (file) => file.sync(), rename };

/**
 * Puts `bytes` at `path`: afterwards the file is the old one or the new one, never a part of either, whenever the
 * process or the machine stops. Makes the folders. Writing the same bytes twice is harmless.
 *
 * A killed process may leave a temporary file behind. Its name starts with a dot, which readers of a partition
 * folder (Spark, Hive, DuckDB's `*.parquet`) skip.
 */
export async function replaceFile(
  path: string,
  bytes: Uint8Array,
  steps: ReplaceSteps = realSteps,
): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  // In the same folder: a rename is atomic only within one file system.
  const temporary = join(folder, `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(bytes);
      await steps.sync(file); // before the rename, or a power cut could leave the name without the bytes
    } finally {
      await file.close();
    }
    await steps.rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** Makes the rename itself durable. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return; // Windows opens no folders, and keeps renames by itself
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
