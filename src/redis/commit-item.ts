import type { Event } from "../events/catalog.ts";

/** One write to one run, as `commit.lua` takes it. */
export interface CommitItem {
  readonly run: string;
  readonly kind: "create" | "own" | "fact" | "lost";
  readonly owner: string;
  readonly epoch: number;
  readonly batch: number; // of a fact: see `upTo` in `commit.lua`
  readonly seen: number; // -1 = the caller does not care
  readonly after: "keep" | "park" | "block" | "unblock" | "end";
  readonly dueIn: number; // ms from now; -1 = none
  readonly dedupe: string; // "" = none
  readonly attempt: string; // "" = none
  readonly holder: string; // "" = delete
  readonly tasks: readonly string[]; // keys; see `commit.lua`
  readonly actor: string;
  readonly events: readonly Event[];
}
