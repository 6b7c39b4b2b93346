import { join } from "node:path";
import type { Order } from "./order.ts";
import { parquetBytes } from "./parquet-bytes.ts";
import { replaceFile } from "./replace-file.ts";

export interface Loaded {
  path: string;
  rows: number;
  bytes: number;
  total_usd: number;
}

/** Where the orders of the day `ds` lie: one partition per day, one file in it. */
export function warehousePath(dir: string, ds: string): string {
  return join(dir, "warehouse", "orders", `date=${ds}`, "part-0.parquet");
}

/** Replaces the file at `path` with these orders. Repeating it is harmless: the same orders give the same bytes. */
export async function writeWarehouse(orders: readonly Order[], path: string): Promise<Loaded> {
  const bytes = toParquet(orders);
  await replaceFile(path, bytes);
  return { path, rows: orders.length, bytes: bytes.length, total_usd: totalUsd(orders) };
}

/** Strings, int32, double, and a timestamp in milliseconds UTC; no column is ever null. */
export function toParquet(orders: readonly Order[]): Uint8Array {
  const text = (name: Exclude<keyof Order, "quantity" | "amount_usd" | "ordered_at">) =>
    ({ name, data: orders.map((order) => order[name]), type: "STRING", nullable: false }) as const;
  return parquetBytes([
    text("order_id"),
    text("customer_name"),
    text("customer_email"),
    text("country"),
    text("product"),
    { name: "quantity", data: orders.map((order) => order.quantity), type: "INT32", nullable: false },
    { name: "amount_usd", data: orders.map((order) => order.amount_usd), type: "DOUBLE", nullable: false },
    text("status"),
    { name: "ordered_at", data: orders.map((order) => order.ordered_at), type: "TIMESTAMP", nullable: false },
  ]);
}

/** Summed in cents, so that 0.1 + 0.2 is 0.3. Exact up to 90 trillion dollars. */
export function totalUsd(orders: readonly Order[]): number {
  return orders.reduce((cents, order) => cents + Math.round(order.amount_usd * 100), 0) / 100;
}
