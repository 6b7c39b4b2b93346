import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { toError } from "../base/recorded-error.ts";
import { type BlobStore, unavailable } from "./blob-store.ts";

/** Values as files of a directory; each comes whole or not at all, and is on the disk before it is referred to. */
export class DirectoryStore implements BlobStore {
  readonly url: string;
  readonly #path: string;

  constructor(path: string) {
    this.#path = resolve(path);
    this.url = pathToFileURL(this.#path).href;
  }

  /** The directory that the log calls `url`. */
  static at(url: string): DirectoryStore {
    return new DirectoryStore(fileURLToPath(url));
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const unfinished = join(this.#path, `${name}.${randomUUID()}.part`);
    try {
      await mkdir(this.#path, { recursive: true });
      const file = await open(unfinished, "wx");
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(unfinished, join(this.#path, name));
      await syncDirectory(this.#path);
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => undefined);
      throw unavailable(this.url, toError(error).message, error);
    }
  }

  async get(name: string): Promise<Uint8Array | null> {
    try {
      return await readFile(join(this.#path, name));
    } catch (error) {
      const { code } = error instanceof Error && "code" in error ? error : { code: "" };
      if (code === "ENOENT") return null;
      throw unavailable(this.url, toError(error).message, error);
    }
  }
}

/** The new name is on the disk, too; where directories cannot be synced, the system sees to it. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path).catch(() => null);
  await directory?.sync().catch(() => undefined);
  await directory?.close();
}
