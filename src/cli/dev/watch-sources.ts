import { type FSWatcher, readdirSync, watch } from "node:fs";
import { join, relative } from "node:path";

const gatherMs = 150; // an editor writes several times, and a checkout changes many files
const mostFolders = 500; // each is a watch of the system
const leftOut: ReadonlySet<string> = new Set(["node_modules", "dist", "build", "coverage"]);
const sources = /\.(?:[cm]?[jt]sx?|json)$/;

export interface SourceWatch {
  close(): void;
}

/** Says when a source file below a folder changes: the first of those that change together. */
export function watchSources(root: string, onChange: (file: string) => void): SourceWatch {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | null = null;
  const note = (folder: string, name: string | null): void => {
    if (name === null) return;
    addFolders(join(folder, name));
    if (!sources.test(name)) return;
    const file = relative(root, join(folder, name));
    timer ??= setTimeout(() => {
      timer = null;
      onChange(file);
    }, gatherMs);
  };
  const addFolders = (top: string): void => {
    for (const folder of foldersBelow(top)) {
      if (watchers.has(folder) || watchers.size >= mostFolders) continue;
      const watcher = watch(folder, (_, name) => note(folder, name));
      watcher.on("error", () => watchers.delete(folder)); // it was removed
      watchers.set(folder, watcher);
    }
  };
  addFolders(root);
  return {
    close: () => {
      if (timer !== null) clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

/** A folder and those below it, without what is not written by hand; none when it is no folder. */
function foldersBelow(top: string): readonly string[] {
  const folders: string[] = [];
  const pending = [top];
  for (
    let folder = pending.pop();
    folder !== undefined && folders.length < mostFolders;
    folder = pending.pop()
  ) {
    const below = foldersIn(folder);
    if (below === null) continue;
    folders.push(folder);
    pending.push(...below);
  }
  return folders;
}

/** null = it is no folder, or gone. */
function foldersIn(folder: string): readonly string[] | null {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && !leftOut.has(entry.name))
      .map(({ name }) => join(folder, name));
  } catch {
    return null;
  }
}
