import { isType, type RecordedEvent } from "../../src/events/envelope.ts";
import { type RecordedRun, task } from "./record-flow.ts";

/** Keys of task runs, in the order in which the flow asked for them. */
export function keysOf({ events }: RecordedRun): readonly string[] {
  return events.flatMap((event) => (isType(event, "TaskScheduled") ? [event.data.key] : []));
}

export function endOf({ events }: RecordedRun): RecordedEvent {
  return events.at(-1)!;
}

/** Tasks that write down what they and their hooks are called with. */
export function shop() {
  const said: unknown[] = [];
  const step = (name: string) =>
    task(name, async (n: number) => {
      said.push(`${name} ${n}`);
      return { id: n * 10 };
    })
      .onRollback((txn, { args, result }) => {
        said.push([`undo ${name}`, args, result, txn.key]);
      })
      .onCommit((_txn, { args: [n], result: { id } }) => {
        said.push(`commit ${name} ${n} ${id}`);
      });
  const fail = task("fail", async () => {
    throw new TypeError("sold out");
  });
  return { said, charge: step("charge"), ship: step("ship"), fail };
}
