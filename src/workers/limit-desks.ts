import type { LimitDesk } from "./limit-desk.ts";

/** What a program has open that waits for slots outside of tasks; closed when it was not used for a moment. */
export interface LimitProgram {
  readonly desk: LimitDesk;
  use(): void;
  unuse(): void;
}

interface Desks {
  readonly open: LimitDesk[]; // of hosts of this process; tasks use the newest
  program: Promise<LimitProgram> | null; // where code outside of tasks waits; null = it does not
}

const slot = Symbol.for("millrace.limits");

/** One list per process: a loader may give the program a second copy of this package, and both must see the same. */
export function limitDesks(): Desks {
  const holder: typeof globalThis & { [slot]?: Desks } = globalThis;
  holder[slot] ??= { open: [], program: null };
  return holder[slot];
}

/** A host of this process serves limits. */
export function enterDesk(desk: LimitDesk): void {
  limitDesks().open.push(desk);
}

export function leaveDesk(desk: LimitDesk): void {
  const { open } = limitDesks();
  const index = open.indexOf(desk);
  if (index >= 0) open.splice(index, 1);
}
