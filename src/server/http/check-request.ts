import type { z } from "zod";
import { EngineError } from "../../base/errors.ts";

/** @throws EngineError REQUEST_INVALID naming every field that is wrong */
export function checkRequest<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  where: "path" | "query" | "body",
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.map(String).join(".")}: ${message}`);
  throw new EngineError(
    "REQUEST_INVALID",
    `The ${where} of the request is not of the form that this takes.`,
    {
      where,
      issues,
    },
  );
}
