import { relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { fatal, flow, isMain, logger, task } from "millrace";
import { z } from "zod";
import type { Order, RawOrder } from "./order.ts";
import { readOrders, sourcePath } from "./read-orders.ts";
import { SourceError } from "./source-error.ts";
import { toOrders } from "./to-orders.ts";
import { warehousePath, writeWarehouse } from "./write-warehouse.ts";

const defaultDs = "2026-04-30";

const extract = task("extract", { retries: 3, retryDelay: "30s" }, async (ds: string, dir: string) => {
  try {
    return await readOrders(sourcePath(dir, ds));
  } catch (error) {
    throw error instanceof SourceError ? fatal(error) : error; // a bad file is as bad in 30 seconds
  }
});

const transform = task("transform", async (raw: RawOrder[]) => {
  const { orders, dropped } = toOrders(raw);
  logger().info({ rows: orders.length, dropped }, "transformed");
  return orders;
});

const load = task("load", async (orders: Order[], ds: string, dir: string) =>
  writeWarehouse(orders, warehousePath(dir, ds)),
);

/** One day of orders, from a CSV file as it was delivered to typed Parquet. */
export const ordersPipeline = flow(
  "orders_pipeline",
  { input: z.object({ ds: z.iso.date().default(defaultDs), dir: z.string().default(import.meta.dirname) }) },
  async ({ ds, dir }) => {
    const raw = await extract(ds, dir);
    logger().info({ rows: raw.length }, "extracted");
    return load(await transform(raw), ds, dir);
  },
);

if (isMain(import.meta)) {
  const { values } = parseArgs({
    options: {
      ds: { type: "string", default: defaultDs },
      dir: { type: "string", default: import.meta.dirname },
    },
  });
  const { path, rows, bytes, total_usd } = await ordersPipeline({ ds: values.ds, dir: resolve(values.dir) });
  const total = total_usd.toLocaleString("en-US", { style: "currency", currency: "USD" });
  process.stdout.write(`${rows} orders, ${total}, ${bytes} bytes: ${relative(".", path)}\n`);
}
