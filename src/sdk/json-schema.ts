import { z } from "zod";

/** JSON Schema of what a schema takes; null = there is none, or it is one of another library. */
export function toJsonSchema(schema: z.ZodType | null): Readonly<Record<string, unknown>> | null {
  if (schema === null || !("_zod" in schema)) return null;
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return json;
}
