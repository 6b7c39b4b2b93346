import { readdirSync, readFileSync } from "node:fs";

const ticksPerSecond = 100; // USER_HZ of Linux, a promise of its interface to programs

export interface CpuSeconds {
  readonly engine: number; // of this process and its children without the store's; NaN where there is no /proc
  readonly store: number;
}

interface Process {
  readonly parent: number;
  readonly seconds: number; // its own, and those of its children that have ended
}

/** CPU seconds so far of this process and all that it started; the processes of `stores`, and theirs, are the store. */
export function cpuSeconds(stores: readonly number[]): CpuSeconds {
  const all = readProcesses();
  if (all === null) return { engine: Number.NaN, store: Number.NaN };
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of all) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const total = (pid: number, without: readonly number[]): number => {
    if (without.includes(pid)) return 0;
    const below = children.get(pid) ?? [];
    return below.reduce((sum, child) => sum + total(child, without), all.get(pid)?.seconds ?? 0);
  };
  return {
    engine: total(process.pid, stores),
    store: stores.reduce((sum, pid) => sum + total(pid, []), 0),
  };
}

function readProcesses(): ReadonlyMap<number, Process> | null {
  const found = new Map<number, Process>();
  try {
    for (const name of readdirSync("/proc")) {
      const pid = Number(name);
      if (Number.isInteger(pid)) addProcess(found, pid);
    }
  } catch {
    return null;
  }
  return found;
}

function addProcess(found: Map<number, Process>, pid: number): void {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return; // ended in the meantime
  }
  // The name in parentheses may hold anything; what follows is: state, parent, …, the 14th to 17th of the line are times.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  found.set(pid, { parent: Number(fields[1]), seconds: ticks / ticksPerSecond });
}
