import type { Client } from "../workers/client.ts";
import { catchUp } from "../workers/projections.ts";
import { note } from "./print.ts";

const patienceMs = 1_000;

/** Folds what no worker has folded yet, so that lists are up to date; says so when it takes long. */
export async function catchUpFirst(client: Client): Promise<void> {
  const timer = setTimeout(() => {
    note("Reading what happened since somebody last folded the log; a worker does that all the time …");
  }, patienceMs);
  try {
    await catchUp(client.store);
  } finally {
    clearTimeout(timer);
  }
}
