import { z } from "zod";
import { EngineError } from "../base/errors.ts";
import { flowContext, withContext } from "./context.ts";

/**
 * Answers requests that come from outside while the flow runs: `onUpdate("setLimit", z.number(), (limit) => ...)`. The
 * function may call tasks; what it returns is the answer, recorded before the asker gets it. A request that does not fit
 * the schema is refused, and the function is not called.
 */
export function onUpdate<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  answer: (input: z.output<Schema>) => unknown,
): void {
  const where = flowContext("onUpdate()");
  where.execution.answer(name, async (input) => {
    const parsed = await schema.safeParseAsync(input);
    if (!parsed.success)
      throw new EngineError("INPUT_INVALID", `Update ${name}: ${z.prettifyError(parsed.error)}`, {
        update: name,
      });
    return withContext(where, async () => answer(parsed.data));
  });
}

/**
 * Lets others look at the flow's variables while it runs: `onQuery("progress", () => ({ done, total }))`. The function
 * only reads: it calls nothing, and waits for nothing.
 */
export function onQuery(name: string, read: (input: unknown) => unknown): void {
  flowContext("onQuery()").execution.queries.set(name, read);
}
