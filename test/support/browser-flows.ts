import { z } from "zod";
import { flow, task } from "../../src/index.ts";

/** What somebody could write to harm whoever looks: markup, a change of direction, a NUL. */
export const hostile = `<img src=x onerror="globalThis.harmed = true"> \u202Eevil\u0000 😀`;

const extract = task("extract", async (day: string) => ({ day, rows: 412 }));
const load = task("load", async (rows: number, isBroken: boolean) => {
  if (isBroken) throw new RangeError(`connect ECONNREFUSED warehouse:5432 ${hostile}`);
  return { loaded: rows };
});

/** A flow with a form worth its name. */
export const browserOrders = flow(
  "browser_orders",
  {
    input: z.object({
      day: z.string().default("2026-04-30").describe("The day to load"),
      limit: z.number().int().min(1).max(500).default(100),
      isBroken: z.boolean().default(false),
      mode: z.enum(["fast", "safe"]).optional(),
      note: z.string().optional(),
    }),
  },
  async ({ day, isBroken }) => {
    const { rows } = await extract(day);
    return load(rows, isBroken);
  },
);
