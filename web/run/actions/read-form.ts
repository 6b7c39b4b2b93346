import { type FormField, toForm } from "../../form/form-field.ts";

/** The form of a schema that somebody recorded as text; null = none, or none that can be read. */
export function readForm(text: string | null): FormField | null {
  if (text === null) return null;
  try {
    return formOf(JSON.parse(text));
  } catch {
    return null; // the value is then asked for as JSON
  }
}

/** The form of a JSON Schema; null = it is none. */
export function formOf(schema: unknown): FormField | null {
  const isSchema = typeof schema === "object" && schema !== null && !Array.isArray(schema);
  return isSchema ? toForm({ ...schema }) : null;
}
