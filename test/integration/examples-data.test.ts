import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type RawOrder, sourceColumns } from "../../examples/orders/order.ts";
import { readOrders, sourcePath } from "../../examples/orders/read-orders.ts";
import { replaceFile } from "../../examples/orders/replace-file.ts";
import { sourceText } from "../../examples/orders/source-text.ts";
import { toOrders } from "../../examples/orders/to-orders.ts";
import { toParquet, totalUsd, warehousePath, writeWarehouse } from "../../examples/orders/write-warehouse.ts";
import { readParquetTable } from "../support/read-parquet.ts";

const example = join(import.meta.dirname, "../../examples/orders");
const raw: RawOrder = {
  order_id: "1",
  customer_name: "Ann",
  customer_email: "a@example.com",
  country: "DE",
  product: "Lamp",
  quantity: "2",
  amount_usd: "12.50",
  status: "paid",
  ordered_at: "2026-04-30T10:00:00Z",
};
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "millrace-orders-"));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

test("the committed source file is what its generator writes", async () => {
  const committed = await readFile(sourcePath(example, "2026-04-30"), "utf8");

  expect(committed === sourceText()).toBe(true); // not toBe(text): its diff of half a megabyte helps nobody
  expect(committed.length).toBeLessThan(800_000);
});

test("the committed day gives the same warehouse file to an independent reader", async () => {
  const rows = await readOrders(sourcePath(example, "2026-04-30"));
  const { orders, dropped } = toOrders(rows);
  const loaded = await writeWarehouse(orders, warehousePath(dir, "2026-04-30"));
  const table = readParquetTable(await readFile(loaded.path));

  expect(loaded.path).toBe(join(dir, "warehouse", "orders", "date=2026-04-30", "part-0.parquet"));
  expect(loaded.bytes).toBe((await readFile(loaded.path)).length);
  expect(table.columns).toEqual({
    ...Object.fromEntries(sourceColumns.map((name) => [name, "utf8"])),
    quantity: "int32",
    amount_usd: "double",
    ordered_at: "timestamp",
  });
  expect(table.rows).toEqual(orders);
  const cents = table.rows.reduce((sum, row) => sum + Math.round(Number(row["amount_usd"]) * 100), 0);
  expect(loaded.total_usd).toBe(cents / 100);
  expect(rows.length).toBe(orders.length + Object.values(dropped).reduce((sum, count) => sum + count));
  expect({
    rows: rows.length,
    orders: orders.length,
    total: loaded.total_usd,
    dropped,
  }).toMatchInlineSnapshot(`
    {
      "dropped": {
        "bad_ordered_at": 6,
        "bad_quantity": 7,
        "no_amount": 187,
        "no_order_id": 0,
        "superseded": 142,
        "unreadable_amount": 56,
      },
      "orders": 4748,
      "rows": 5146,
      "total": 11090179.91,
    }
  `);
});

test("the same orders give the same bytes", async () => {
  const { orders } = toOrders([raw, { ...raw, order_id: "2" }]);

  expect(toParquet(orders)).toEqual(toParquet(structuredClone(orders)));
});

test("a day without orders is a valid file without rows", async () => {
  const source = join(dir, "source.csv");
  await writeFile(source, `${sourceColumns.join(",")}\n`);
  const { orders } = toOrders(await readOrders(source));
  const loaded = await writeWarehouse(orders, warehousePath(dir, "2026-05-01"));
  const table = readParquetTable(await readFile(loaded.path));

  expect(loaded).toMatchObject({ rows: 0, total_usd: 0 });
  expect(Object.keys(table.columns)).toEqual([...sourceColumns]);
  expect(table.rows).toEqual([]);
});

test("an order is trimmed, its country upper case, its status lower case, a time without a zone UTC", () => {
  const dirty = {
    ...raw,
    order_id: " 1 ",
    country: "de ",
    status: " PAID",
    ordered_at: "2026-04-30 10:00:00 ",
  };

  expect(toOrders([dirty]).orders).toEqual(toOrders([raw]).orders);
  expect(toOrders([{ ...raw, ordered_at: "2026-04-30T12:00:00+02:00" }]).orders).toEqual(
    toOrders([raw]).orders,
  );
});

test.for<[string, Partial<RawOrder>]>([
  ["no_amount", { amount_usd: "n/a", order_id: "" }],
  ["unreadable_amount", { amount_usd: "1.234,50" }],
  ["no_order_id", { order_id: "  " }],
  ["bad_quantity", { quantity: "0" }],
  ["bad_quantity", { quantity: "2147483648" }],
  ["bad_quantity", { quantity: "1.5" }],
  ["bad_ordered_at", { ordered_at: "2026-02-30T10:00:00Z" }],
  ["bad_ordered_at", { ordered_at: "2026-04-30T25:00:00Z" }],
  ["bad_ordered_at", { ordered_at: "30/04/2026" }],
])("a row is left out as %s: %j", ([reason, part]) => {
  const { orders, dropped } = toOrders([{ ...raw, ...part }]);

  expect(orders).toEqual([]);
  expect(Object.entries(dropped).filter(([, count]) => count > 0)).toEqual([[reason, 1]]);
});

test("of the rows of one order the newest that can be typed stays, on a tie the later one, in its first place", () => {
  const at = (hour: number, status: string, part: Partial<RawOrder> = {}): RawOrder => {
    return { ...raw, status, ordered_at: `2026-04-30T${hour}:00:00Z`, ...part };
  };
  const rows = [
    at(11, "first"),
    at(10, "other", { order_id: "2" }),
    at(12, "tie"),
    at(12, "kept"),
    at(10, "older"),
  ];

  const { orders, dropped } = toOrders([...rows, at(13, "no amount", { amount_usd: "" })]);

  expect(orders.map(({ order_id, status }) => `${order_id} ${status}`)).toEqual(["1 kept", "2 other"]);
  expect(dropped).toMatchObject({ superseded: 3, no_amount: 1 });
});

test("a total of cents has no rounding error, whatever the order of the rows", () => {
  const order = toOrders([raw]).orders[0];
  if (order === undefined) throw new Error("the row has to be an order");
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1e9, max: 1e9 })), (cents) => {
      const orders = cents.map((amount) => ({ ...order, amount_usd: amount / 100 }));

      expect(totalUsd(orders)).toBe(cents.reduce((sum, amount) => sum + amount, 0) / 100);
    }),
  );
});

test.for(["sync", "rename"] as const)(
  "a write that fails at its %s leaves the old file and nothing else",
  async (step) => {
    const path = join(dir, "part-0.parquet");
    await replaceFile(path, Buffer.from("old"));
    const fails = {
      sync: async () => {},
      rename: async () => {},
      [step]: () => Promise.reject(new Error("disk full")),
    };

    await expect(replaceFile(path, Buffer.from("new"), fails)).rejects.toThrow("disk full");

    expect(await readFile(path, "utf8")).toBe("old");
    expect(await readdir(dir)).toEqual(["part-0.parquet"]);
  },
);

test.for<[string, string | null]>([
  ["the old file", "old"],
  ["no file", null],
])("a process killed between writing and renaming leaves what was there: %s", async ([, before]) => {
  const path = warehousePath(dir, "2026-04-30");
  if (before !== null) await replaceFile(path, Buffer.from(before));
  const code = `
    import { replaceFile } from ${JSON.stringify(pathToFileURL(join(example, "replace-file.ts")).href)};
    const die = () => (process.kill(process.pid, "SIGKILL"), new Promise(() => setInterval(() => {}, 1000)));
    await replaceFile(${JSON.stringify(path)}, Buffer.alloc(100_000, 1), { sync: (file) => file.sync(), rename: die });
  `;

  const child = execFile(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", code]);
  const [, signal] = await once(child, "exit");

  expect(signal).toBe("SIGKILL");
  const files = await readdir(dirname(path));
  expect(files.filter((name) => !name.startsWith("."))).toEqual(before === null ? [] : ["part-0.parquet"]);
  expect(files.filter((name) => name.startsWith("."))).toHaveLength(1); // the death came when the bytes were written
  if (before !== null) expect(await readFile(path, "utf8")).toBe(before);
  await replaceFile(path, Buffer.from("next")); // and the next attempt is not in its way
  expect(await readFile(path, "utf8")).toBe("next");
});
