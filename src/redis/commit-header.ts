import { Packr } from "msgpackr";
import type { CommitItem } from "./commit.ts";

const packr = new Packr({ useRecords: false });

/** The header of an item as `commit.lua` unpacks it; the order is the script's. */
export function packHeader(item: CommitItem): Uint8Array {
  const { run, kind, owner, epoch, batch, seen, after, dueIn, dedupe, attempt, holder, events } = item;
  return packr.pack([run, kind, owner, epoch, batch, seen, after, dueIn, dedupe, attempt, holder, events.length]);
}
