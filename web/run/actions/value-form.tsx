import { useState } from "react";
import type { FormField } from "../../form/form-field.ts";
import { JsonField } from "../../form/json-field.tsx";
import { SchemaField } from "../../form/schema-field.tsx";
import { Button } from "../../ui/button.tsx";

interface ValueFormProps {
  readonly title: string;
  readonly form: FormField | null; // null = its schema is not known; then it is asked for as JSON
  readonly value: unknown;
  readonly problems: ReadonlyMap<string, string>; // by path of the field
  readonly onChange: (value: unknown) => void;
}

/** Asks for a value: field by field, or as JSON, as one likes. */
export function ValueForm({ title, form, value, problems, onChange }: ValueFormProps) {
  const [isJson, setJson] = useState(false);
  const field = { title, about: "" };
  if (form === null)
    return <JsonField field={field} path="" value={value} problems={problems} onChange={onChange} rows={6} />;
  return (
    <div className="flex flex-col gap-3">
      {isJson ? (
        <JsonField field={field} path="" value={value} problems={problems} onChange={onChange} rows={8} />
      ) : (
        <SchemaField field={form} path="" value={value} problems={problems} onChange={onChange} />
      )}
      <Button look="quiet" className="self-start" onClick={() => setJson(!isJson)}>
        {isJson ? "As a form" : "As JSON"}
      </Button>
    </div>
  );
}
