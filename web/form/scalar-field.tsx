import { Field, Select, TextArea, TextInput } from "../ui/field.tsx";
import type { FormField } from "./form-field.ts";

export interface SchemaFieldProps<Kind extends FormField["kind"] = FormField["kind"]> {
  readonly field: Extract<FormField, { kind: Kind }>;
  readonly path: string; // "target.path"; "" = the root
  readonly value: unknown; // undefined = left out
  readonly problems: ReadonlyMap<string, string>; // by path
  readonly onChange: (value: unknown) => void;
}

type Scalar = "text" | "number" | "boolean" | "choice";

/** A field that holds one value. */
export function ScalarField(props: SchemaFieldProps<Scalar>) {
  const { field, path, problems } = props;
  const id = `field-${path}`;
  return (
    <Field
      id={id}
      label={<FieldLabel field={field} />}
      hint={field.about === "" ? undefined : field.about}
      problem={problems.get(path)}
    >
      <Control {...props} id={id} />
    </Field>
  );
}

export function FieldLabel({ field }: { readonly field: FormField }) {
  return (
    <>
      {field.title === "" ? "value" : field.title}
      <span className="pl-1.5 text-xs font-normal text-faint">
        {field.isRequired ? "required" : "optional"}
      </span>
    </>
  );
}

function Control(props: SchemaFieldProps<Scalar> & { readonly id: string }) {
  const { field, path, value, problems, onChange, id } = props;
  const marks = {
    id,
    "aria-invalid": problems.has(path) || undefined,
    "aria-describedby": problems.has(path) ? `${id}-problem` : undefined,
  };
  switch (field.kind) {
    case "boolean":
      return (
        <ChoiceSelect {...marks} choices={[true, false]} field={field} value={value} onChange={onChange} />
      );
    case "choice":
      return (
        <ChoiceSelect {...marks} choices={field.choices} field={field} value={value} onChange={onChange} />
      );
    case "number":
      return <NumberControl {...marks} field={field} value={value} onChange={onChange} />;
    case "text":
      return <TextControl {...marks} field={field} value={textOf(value)} onChange={onChange} />;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

interface NumberControlProps {
  readonly id: string;
  readonly field: Extract<FormField, { kind: "number" }>;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

function NumberControl({ field: { isInteger, least, most }, value, onChange, ...marks }: NumberControlProps) {
  return (
    <TextInput
      {...marks}
      type="number"
      step={isInteger ? 1 : "any"}
      min={least ?? undefined}
      max={most ?? undefined}
      value={typeof value === "number" ? value : ""}
      onChange={({ target }) => onChange(target.value === "" ? undefined : target.valueAsNumber)}
    />
  );
}

interface TextControlProps {
  readonly id: string;
  readonly field: Extract<FormField, { kind: "text" }>;
  readonly value: string;
  readonly onChange: (value: unknown) => void;
}

function TextControl({ field: { format, maxLength }, value, onChange, ...marks }: TextControlProps) {
  if (format === "long")
    return (
      <TextArea
        {...marks}
        rows={3}
        value={value}
        onChange={({ target }) => onChange(target.value === "" ? undefined : target.value)}
      />
    );
  const isInstant = format === "datetime-local";
  return (
    <TextInput
      {...marks}
      type={format}
      step={isInstant ? 1 : undefined}
      maxLength={maxLength ?? undefined}
      value={isInstant ? value.replace(/(\.\d+)?Z$/, "") : value}
      onChange={({ target }) => onChange(fromText(target.value, format))}
    />
  );
}

/** What a schema calls a date-time has a zone; such a control has none, and is taken as UTC. */
function fromText(text: string, format: string): string | undefined {
  if (text === "") return undefined;
  return format === "datetime-local" ? `${text.length === 16 ? `${text}:00` : text}Z` : text;
}

interface ChoiceSelectProps {
  readonly id: string;
  readonly choices: readonly unknown[];
  readonly field: FormField;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

function ChoiceSelect({ choices, field, value, onChange, ...marks }: ChoiceSelectProps) {
  const options = field.isNullable ? [...choices, null] : choices;
  return (
    <Select
      {...marks}
      value={value === undefined ? "" : JSON.stringify(value)}
      onChange={({ target }) =>
        onChange(target.value === "" ? undefined : (JSON.parse(target.value) as unknown))
      }
    >
      {(!field.isRequired || value === undefined) && (
        <option value="">{field.isRequired ? "choose…" : "not given"}</option>
      )}
      {options.map((choice) => (
        <option key={JSON.stringify(choice)} value={JSON.stringify(choice)}>
          {typeof choice === "string" ? choice : JSON.stringify(choice)}
        </option>
      ))}
    </Select>
  );
}
