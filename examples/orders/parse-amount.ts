/** What a text in the column `amount_usd` says. */
export type Amount =
  | { kind: "amount"; usd: number } // at most two decimals; negative = refund
  | { kind: "missing" } // the text says that there is none
  | { kind: "unreadable" }; // there may be one, but reading it would be a guess

const missing = new Set(["", "-", "n/a", "na", "null"]);
const grammar = /^([+-]?)\$?(\d{1,12}|\d{1,3}(?:,\d{3}){1,3})(\.\d{1,2})?$/;

/**
 * The rule for amounts. Space around the text is ignored. Then, in this order:
 *
 * 1. "", "-", "n/a", "na", "null" in any case: **missing**.
 * 2. A number in American writing is an **amount**: an optional sign, an optional "$" after the sign, at most 12 digits
 *    with none or all of the commas between thousands, at most two decimals after a point. So "1234.5", "1,234.50",
 *    "-1,234.50" (a refund), "$12.00" and "+3" are amounts.
 * 3. Everything else is **unreadable**: "1.234,50" and "12,50" (decimal comma), "1,23,456.00" and "1234,567.00"
 *    (groups), "12.345" (three decimals: might be a German 12,345), "(12.00)", "€12.00", "12.00 USD", "1e3", ".5",
 *    "5.", "NaN", "Infinity", "twelve".
 *
 * Neither a missing nor an unreadable amount is ever taken for 0.
 */
export function parseAmount(text: string): Amount {
  const trimmed = text.trim();
  if (missing.has(trimmed.toLowerCase())) return { kind: "missing" };
  const match = grammar.exec(trimmed);
  if (match === null) return { kind: "unreadable" };
  const [, sign, whole = "", decimals = ""] = match;
  const usd = Number(whole.replaceAll(",", "") + decimals);
  return { kind: "amount", usd: sign === "-" && usd !== 0 ? -usd : usd };
}
