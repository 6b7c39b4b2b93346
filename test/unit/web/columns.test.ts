import { expect, test } from "vitest";
import {
  arrange,
  hidden,
  moved,
  readArrangement,
  usual,
  widened,
} from "../../../web/runs/column-arrangement.ts";

const columns = ["select", "state", "name", "flow", "tags"].map((id) => ({ id, width: "1fr" }));
const ids = (arrangement: typeof usual): readonly string[] =>
  arrange(columns, arrangement).map(({ id }) => id);

test("columns are moved, hidden and widened, and those to choose and to know a run by stay", () => {
  const left = moved(usual, columns, ["tags", -1]);
  const farther = moved(moved(left, columns, ["tags", -1]), columns, ["tags", -1]);

  expect(ids(left)).toEqual(["select", "state", "name", "tags", "flow"]);
  expect(ids(farther)).toEqual(["select", "tags", "state", "name", "flow"]);
  expect(ids(moved(farther, columns, ["tags", -1]))).toEqual(ids(farther)); // the boxes stay at the left
  expect(ids(hidden(hidden(usual, "flow", true), "name", true))).toEqual(["select", "state", "name", "tags"]);
  expect(arrange(columns, widened(usual, "flow", 9_999))[3]?.width).toBe("900px");
  expect(widened(widened(usual, "flow", 200), "flow", null)).toEqual(usual);
});

test("a column that is new since a reader chose comes after those that were named", () => {
  expect(ids({ ...usual, order: ["select", "flow", "state"] })).toEqual([
    "select",
    "flow",
    "state",
    "name",
    "tags",
  ]);
});

test("what was kept is read, of an older version too, and whatever else it is", () => {
  const kept = { hidden: ["flow"], order: ["name"], widths: { name: 300 } };

  expect(readArrangement(JSON.stringify(kept))).toEqual(kept);
  expect(readArrangement("queue,tags")).toEqual({ ...usual, hidden: ["queue", "tags"] });
  expect(readArrangement(null)).toEqual(usual);
  expect(readArrangement("[1,{}]")).toEqual(usual);
  expect(readArrangement('{"hidden":7,"widths":{"name":"wide","flow":-4}}')).toEqual(usual);
});
