import { describe, expect, test } from "vitest";
import type { CallShape, Node, Outcome } from "../support/programs.ts";
import { Reference } from "../support/reference.ts";

const call: CallShape = { task: "fast", fails: 0, shape: "text", salt: 1 };
const task = (id: number): Node => ({ kind: "task", id, call });
const seq = (id: number, ...parts: readonly Node[]): Node => ({ kind: "seq", id, parts });
const ended: Outcome = { ok: true, value: "x" };

/** A shielded task is under way when the run is cancelled; after it, the run goes on with `rest`. */
function cancelledInShield(rest: Node): Reference {
  const root = seq(1, { kind: "shield", id: 2, body: task(3) }, rest);
  const reference = new Reference({
    root,
    input: "a",
    of: null,
    place: { path: "", lap: 0 },
    isNew: () => true,
  });
  reference.start();
  reference.takeIssued();
  reference.cancel({ ok: false, message: "stop", isCancel: true });
  reference.deliver("task 3", ended);
  return reference;
}

describe("who hears of a cancellation that met a shield", () => {
  test("is the next call, and what follows from it is known", () => {
    const rest = seq(4, { kind: "try", id: 5, body: task(6), handler: task(7), cleanup: null }, task(8));

    const reference = cancelledInShield(rest);

    expect(reference.takeIssued().map(({ ident }) => ident)).toEqual(["task 7"]);
    expect(reference.isAmbiguous).toBe(false);
  });

  test("cannot be said where two parts go on at once: the order of microtasks decides", () => {
    const slow = seq(5, { kind: "value", id: 6, value: "x" }, task(7)); // awaits something before it calls

    const reference = cancelledInShield({ kind: "all", id: 4, parts: [slow, task(8)] });

    expect(reference.isAmbiguous).toBe(true);
  });
});
