import type { Order, RawOrder } from "./order.ts";
import { parseAmount } from "./parse-amount.ts";

/** How many rows were left out, by reason. */
export interface Dropped {
  no_amount: number; // the amount is empty, "n/a", "-", ...
  unreadable_amount: number; // see parseAmount
  no_order_id: number;
  bad_quantity: number; // not a whole number from 1 to 2,147,483,647
  bad_ordered_at: number; // not an instant that exists
  superseded: number; // another row of the same order is newer
}

export interface CleanOrders {
  orders: Order[];
  dropped: Dropped;
}

const maxInt32 = 2_147_483_647;
const instant = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?)(Z|[+-]\d{2}:\d{2})?$/;

/**
 * Types every row. A row that cannot be typed is left out and counted under the first reason that applies, in the
 * order: amount, order_id, quantity, ordered_at. Of the rows that remain with the same order_id the one with the
 * latest ordered_at stays, on a tie the one that is later in the file: a newer row without an amount does not
 * displace an older one that has it. Orders come in the order of their first appearance.
 */
export function toOrders(raw: readonly RawOrder[]): CleanOrders {
  const dropped: Dropped = {
    no_amount: 0,
    unreadable_amount: 0,
    no_order_id: 0,
    bad_quantity: 0,
    bad_ordered_at: 0,
    superseded: 0,
  };
  const byId = new Map<string, Order>();
  for (const row of raw) {
    const order = toOrder(row);
    if (typeof order === "string") {
      dropped[order]++;
      continue;
    }
    const known = byId.get(order.order_id);
    if (known !== undefined) dropped.superseded++;
    if (known === undefined || known.ordered_at <= order.ordered_at) byId.set(order.order_id, order);
  }
  return { orders: [...byId.values()], dropped };
}

/** The typed order, or why there is none. */
export function toOrder(row: RawOrder): Order | Exclude<keyof Dropped, "superseded"> {
  const amount = parseAmount(row.amount_usd);
  if (amount.kind === "missing") return "no_amount";
  if (amount.kind === "unreadable") return "unreadable_amount";
  const order_id = row.order_id.trim();
  if (order_id === "") return "no_order_id";
  const quantity = toQuantity(row.quantity);
  if (quantity === null) return "bad_quantity";
  const ordered_at = toInstant(row.ordered_at);
  if (ordered_at === null) return "bad_ordered_at";
  return {
    order_id,
    customer_name: row.customer_name.trim(),
    customer_email: row.customer_email.trim(),
    country: row.country.trim().toUpperCase(),
    product: row.product.trim(),
    quantity,
    amount_usd: amount.usd,
    status: row.status.trim().toLowerCase(),
    ordered_at,
  };
}

function toQuantity(text: string): number | null {
  if (!/^\s*\d{1,10}\s*$/.test(text)) return null;
  const quantity = Number(text);
  return quantity >= 1 && quantity <= maxInt32 ? quantity : null;
}

/** An ISO 8601 date and time; without an offset it is UTC. Dates that do not exist (30 February) are refused. */
function toInstant(text: string): Date | null {
  const match = instant.exec(text.trim());
  if (match === null) return null;
  const [, date = "", time = "", offset = "Z"] = match;
  const day = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(day.getTime()) || !day.toISOString().startsWith(date)) return null;
  const at = new Date(`${date}T${time}${offset}`);
  return Number.isNaN(at.getTime()) ? null : at;
}
