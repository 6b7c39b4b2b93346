import type { RecordedEvent } from "../events/envelope.ts";
import type { ChildPicture } from "../projections/call-pictures.ts";
import { pictureAt } from "../projections/fold-picture.ts";
import type { RunPicture } from "../projections/run-picture.ts";
import type { RosterEntry } from "../redis/roster.ts";
import type { Client } from "./client.ts";
import { toRow } from "./run-list.ts";
import type { RunState } from "./run-state.ts";

/** A child of a run, with those of its own. */
export interface ChildView {
  readonly key: string; // of the call in its parent
  readonly run: string;
  readonly flow: string;
  readonly name: string | null; // null = it was not created yet, or is gone
  readonly state: RunState | null; // the same
  readonly closing: string | null; // why its parent does not wait for it any more; null = it does, or did to the end
  readonly createdAt: number | null;
  readonly endedAt: number | null;
  readonly children: readonly ChildView[];
}

export interface RunTree {
  readonly children: readonly ChildView[];
  readonly left: number; // children of any depth that are not in it: there are too many
}

const mostChildren = 100; // their histories are read

/** The runs that a run called, and those that they called, in the order of the calls. */
export async function readTree(
  client: Client,
  picture: RunPicture,
  roster: readonly RosterEntry[],
): Promise<RunTree> {
  const budget = { rest: mostChildren, left: 0 };
  const children = await readChildren({ client, roster, budget }, picture);
  return { children, left: budget.left };
}

interface Reading {
  readonly client: Client;
  readonly roster: readonly RosterEntry[];
  readonly budget: { rest: number; left: number };
}

async function readChildren(reading: Reading, { children }: RunPicture): Promise<readonly ChildView[]> {
  const { budget } = reading;
  const all = [...children.values()];
  const shown = all.slice(-budget.rest);
  budget.left += all.length - (budget.rest === 0 ? 0 : shown.length);
  if (budget.rest === 0) return [];
  budget.rest -= shown.length;
  const views: ChildView[] = [];
  for (const child of shown) views.push(await readChild(reading, child));
  return views;
}

async function readChild(reading: Reading, child: ChildPicture): Promise<ChildView> {
  const { client, roster } = reading;
  const { key, run, flow, closing } = child;
  const outline = await client.outline(run);
  if (outline === null) {
    const unknown = { name: null, state: null, createdAt: null, endedAt: null, children: [] };
    return { key, run, flow, closing, ...unknown };
  }
  const events: readonly RecordedEvent[] = await client.events(run);
  const picture = pictureAt(events, events.length);
  const last = events.at(-1) ?? outline.last;
  const row = toRow({ ...outline, last, startedAt: picture.summary.startedAt }, roster, picture.summary);
  const { name, state, createdAt, endedAt } = row;
  const children = await readChildren(reading, picture);
  return { key, run, flow, name, state, closing, createdAt, endedAt, children };
}
