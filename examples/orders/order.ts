/** The columns of a source file, in this order. */
export const sourceColumns = [
  "order_id",
  "customer_name",
  "customer_email",
  "country",
  "product",
  "quantity",
  "amount_usd",
  "status",
  "ordered_at",
] as const;

type SourceColumn = (typeof sourceColumns)[number];

/** One row as it stands in the file: every column is text, nothing is trimmed. */
export type RawOrder = Record<SourceColumn, string>;

/** One row of the warehouse. */
export interface Order {
  order_id: string;
  customer_name: string;
  customer_email: string;
  country: string; // upper case
  product: string;
  quantity: number; // int32, 1 or more
  amount_usd: number; // dollars, at most two decimals; negative = refund
  status: string; // lower case
  ordered_at: Date;
}
