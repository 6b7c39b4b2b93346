import { type RawOrder, sourceColumns } from "./order.ts";
import { missingAmounts, places, products, statuses, unreadableAmounts } from "./source-vocabulary.ts";

type Random = () => number; // 0 <= n < 1

const dayStartAt = Date.UTC(2026, 3, 30);
const dayMs = 86_400_000;

/**
 * The orders of 2026-04-30 as a shop might deliver them, with the dirt of real files: quoted commas, quotes and
 * line ends, LF and CRLF mixed, thousands separators, amounts that are empty or no numbers, orders that come again
 * with a later state, stray spaces. The same seed gives the same text.
 */
export function sourceText(orderCount = 5_000, seed = 20_260_430): string {
  const random = mulberry32(seed);
  const rows: RawOrder[] = [];
  for (let at = 0; at < orderCount; at++) {
    rows.push(someOrder(at, random));
    if (random() < 0.03) rows.push(again(rows[Math.floor(random() * rows.length)], random));
  }
  const header = sourceColumns.join(",");
  return [header, ...rows.map(toLine)].map((line, at) => line + lineEnd(at)).join("");
}

function someOrder(at: number, random: Random): RawOrder {
  const place = pick(places, random);
  const product = pick(products, random);
  const quantity = 1 + Math.floor(random() * random() * random() * 12); // mostly 1
  const order_id = `ORD-${String(100_001 + at)}`;
  return {
    order_id,
    customer_name: someName(pick(place.given, random), pick(place.family, random), random),
    customer_email: `c${(4_000 + Math.floor(random() * 3_000)).toString(36)}@example.${pick(["com", "org", "net"], random)}`,
    country: random() < 0.03 ? place.country.toLowerCase() : place.country,
    product: product.name,
    quantity: random() < 0.001 ? pick(["0", "two", "1.5"], random) : String(quantity),
    amount_usd: someAmount(product.cents * quantity, random),
    status: pick(statuses, random),
    ordered_at: random() < 0.001 ? pick(["2026-04-31T10:00:00Z", "yesterday"], random) : someInstant(random),
  };
}

function someName(given: string, family: string, random: Random): string {
  const chance = random();
  if (chance < 0.06) return `${family}, ${given}`;
  if (chance < 0.08) return `${given} "${given.slice(0, 2)}" ${family}`;
  if (chance < 0.12) return `${given} ${family}  `;
  return `${given} ${family}`;
}

function someAmount(cents: number, random: Random): string {
  const chance = random();
  const plain = (cents / 100).toFixed(2);
  const grouped = plain.replaceAll(/\B(?=(?:\d{3})+\.)/g, ",");
  if (chance < 0.04) return pick(missingAmounts, random);
  if (chance < 0.052) return pick(unreadableAmounts, random);
  if (chance < 0.07) return `-${plain}`;
  if (chance < 0.09) return `$${grouped}`;
  if (chance < 0.12) return `${plain}  `;
  return chance < 0.35 ? grouped : plain;
}

function someInstant(random: Random): string {
  const at = dayStartAt + Math.floor((random() * dayMs) / 1_000) * 1_000;
  const chance = random();
  if (chance < 0.03) return new Date(at).toISOString().slice(0, 19).replace("T", " "); // no zone: UTC
  if (chance < 0.06) return `${new Date(at + 2 * 3_600_000).toISOString().slice(0, 19)}+02:00`;
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** The same order, delivered once more: shipped or cancelled some hours later. */
function again(order: RawOrder | undefined, random: Random): RawOrder {
  if (order === undefined) throw new RangeError("there is no order to deliver again");
  const status = pick(["shipped", "delivered", "cancelled"], random);
  return { ...order, status, ordered_at: random() < 0.2 ? order.ordered_at : someInstant(random) };
}

function toLine(row: RawOrder): string {
  return sourceColumns.map((column) => quoted(row[column])).join(",");
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** One block of 50 lines in eight comes from a Windows machine. */
function lineEnd(line: number): string {
  return Math.floor(line / 50) % 8 === 3 ? "\r\n" : "\n";
}

function pick<T>(list: readonly T[], random: Random): T {
  const item = list[Math.floor(random() * list.length)];
  if (item === undefined) throw new RangeError("nothing to pick from");
  return item;
}

/** A small seeded generator (public domain); good enough to make dirt, not for anything else. */
function mulberry32(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
