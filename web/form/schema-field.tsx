import { Button, IconButton } from "../ui/button.tsx";
import { Select } from "../ui/field.tsx";
import type { FormField } from "./form-field.ts";
import { fieldsOf, initialValue, optionOf, withField } from "./form-value.ts";
import { JsonField } from "./json-field.tsx";
import { FieldLabel, ScalarField, type SchemaFieldProps } from "./scalar-field.tsx";

/** A field with the control that fits it; objects, lists and unions hold fields of their own. */
export function SchemaField(props: SchemaFieldProps) {
  const { field } = props;
  switch (field.kind) {
    case "object":
      return <ObjectField {...props} field={field} />;
    case "list":
      return <ListField {...props} field={field} />;
    case "oneOf":
      return <UnionField {...props} field={field} />;
    case "json":
      return <JsonField {...props} field={field} />;
    default:
      return <ScalarField {...props} field={field} />;
  }
}

function ObjectField({ field, path, value, problems, onChange }: SchemaFieldProps<"object">) {
  const fields = fieldsOf(value);
  const parts = field.fields.map((part) => (
    <SchemaField
      key={part.name}
      field={part}
      path={path === "" ? part.name : `${path}.${part.name}`}
      value={fields[part.name]}
      problems={problems}
      onChange={(next) => onChange(withField(value, part.name, next))}
    />
  ));
  if (path === "") return <div className="flex flex-col gap-3">{parts}</div>;
  return (
    <Group field={field} path={path} problem={problems.get(path)}>
      {parts}
    </Group>
  );
}

interface GroupProps {
  readonly field: FormField;
  readonly path: string;
  readonly problem: string | undefined;
  readonly children: React.ReactNode;
}

function Group({ field, path, problem, children }: GroupProps) {
  return (
    <fieldset
      className="flex flex-col gap-2 border-l-2 border-line pl-3"
      aria-describedby={`field-${path}-problem`}
    >
      <legend className="font-medium">
        <FieldLabel field={field} />
      </legend>
      {field.about !== "" && <p className="text-xs text-faint">{field.about}</p>}
      {problem !== undefined && (
        <p id={`field-${path}-problem`} className="text-xs text-danger">
          {problem}
        </p>
      )}
      {children}
    </fieldset>
  );
}

function ListField({ field, path, value, problems, onChange }: SchemaFieldProps<"list">) {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  const set = (index: number, next: unknown): void =>
    onChange(list.map((one, at) => (at === index ? next : one)));
  return (
    <Group field={field} path={path} problem={problems.get(path)}>
      {list.map((entry, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- entries have no other name, and every control takes its value from here
        <div key={index} className="flex items-end gap-1">
          <div className="min-w-0 flex-1">
            <SchemaField
              field={{ ...field.item, title: `${field.title} ${index + 1}` }}
              path={`${path}.${index}`}
              value={entry}
              problems={problems}
              onChange={(next) => set(index, next ?? null)}
            />
          </div>
          <IconButton
            icon="close"
            label={`Remove entry ${index + 1}`}
            onClick={() => onChange(list.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <div className="flex gap-1">
        <Button icon="plus" onClick={() => onChange([...list, initialValue(field.item) ?? null])}>
          Add
        </Button>
      </div>
    </Group>
  );
}

function UnionField({ field, path, value, problems, onChange }: SchemaFieldProps<"oneOf">) {
  const chosen = value === undefined || value === null ? -1 : optionOf(field, value);
  const option = field.options[chosen];
  const id = `field-${path}-option`;
  return (
    <Group field={field} path={path} problem={problems.get(path)}>
      <Select
        id={id}
        aria-label={`Form of ${field.title}`}
        value={chosen}
        onChange={({ target }) => {
          const next = field.options[Number(target.value)];
          onChange(
            next === undefined ? undefined : (initialValue({ ...next, isRequired: true }) ?? emptyOf(next)),
          );
        }}
      >
        <option value={-1}>{field.isRequired ? "choose…" : "not given"}</option>
        {field.options.map(({ title }, index) => (
          <option key={title} value={index}>
            {title}
          </option>
        ))}
      </Select>
      {option !== undefined && (
        <SchemaField field={option} path={path} value={value} problems={problems} onChange={onChange} />
      )}
    </Group>
  );
}

function emptyOf(field: FormField): unknown {
  return { text: "", number: 0, boolean: false, list: [], object: {}, choice: null, oneOf: null, json: null }[
    field.kind
  ];
}
