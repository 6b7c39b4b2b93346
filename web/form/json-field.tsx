import { useState } from "react";
import { Field, TextArea } from "../ui/field.tsx";

interface JsonFieldProps {
  readonly field: { readonly title: string; readonly about: string };
  readonly path: string;
  readonly value: unknown; // undefined = left out
  readonly problems: ReadonlyMap<string, string>;
  readonly onChange: (value: unknown) => void;
  readonly rows?: number;
}

/** Any value, typed as JSON. What cannot be read stays in the field, with the reason; the value is the last readable one. */
export function JsonField({ field, path, value, problems, onChange, rows = 3 }: JsonFieldProps) {
  const [text, setText] = useState(() => (value === undefined ? "" : JSON.stringify(value, null, 2)));
  const [problem, setProblem] = useState<string | undefined>();
  const id = `field-${path}`;
  const type = (next: string): void => {
    setText(next);
    try {
      onChange(next.trim() === "" ? undefined : JSON.parse(next));
      setProblem(undefined);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  const shown = problem ?? problems.get(path);
  return (
    <Field
      id={id}
      label={field.title === "" ? "JSON" : field.title}
      hint={field.about === "" ? undefined : field.about}
      problem={shown}
    >
      <TextArea
        id={id}
        rows={rows}
        className="font-mono text-xs"
        aria-invalid={shown !== undefined || undefined}
        aria-describedby={shown === undefined ? undefined : `${id}-problem`}
        value={text}
        onChange={({ target }) => type(target.value)}
      />
    </Field>
  );
}
