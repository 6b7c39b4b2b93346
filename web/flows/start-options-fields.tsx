import { fromLocalInput, toLocalInput } from "../format/instants.ts";
import { Field, TextInput } from "../ui/field.tsx";
import type { StartOptions } from "./start-command.ts";

interface StartOptionsFieldsProps {
  readonly options: StartOptions;
  readonly onChange: (options: StartOptions) => void;
  readonly usualQueue: string;
}

/** What a start may say besides the input. Mostly nothing: it is folded away. */
export function StartOptionsFields({ options, onChange, usualQueue }: StartOptionsFieldsProps) {
  const { name, queue, tags, key, startAt } = options;
  const set = (change: Partial<StartOptions>): void => onChange({ ...options, ...change });
  return (
    <details className="mt-3 rounded-lg border border-line bg-surface">
      <summary className="min-h-9 cursor-pointer px-3 py-2 font-semibold">
        Name, queue, tags, time, idempotency key
      </summary>
      <div className="grid gap-3 border-t border-line p-3 sm:grid-cols-2">
        <Field id="start-name" label="Name" hint="Otherwise two friendly words.">
          <TextInput
            id="start-name"
            value={name}
            maxLength={200}
            onChange={({ target }) => set({ name: target.value })}
          />
        </Field>
        <Field id="start-queue" label="Queue" hint={`Otherwise ${usualQueue}.`}>
          <TextInput
            id="start-queue"
            value={queue}
            maxLength={200}
            onChange={({ target }) => set({ queue: target.value })}
          />
        </Field>
        <TagsField tags={tags} onChange={(next) => set({ tags: next })} />
        <Field id="start-at" label="Not before">
          <TextInput
            id="start-at"
            type="datetime-local"
            step="1"
            value={startAt === null ? "" : toLocalInput(startAt)}
            onChange={({ target }) => set({ startAt: fromLocalInput(target.value) })}
          />
        </Field>
        <Field
          id="start-key"
          label="Idempotency key"
          hint="One run of the flow for all starts with this key."
        >
          <TextInput
            id="start-key"
            value={key}
            maxLength={200}
            onChange={({ target }) => set({ key: target.value })}
          />
        </Field>
      </div>
    </details>
  );
}

interface TagsFieldProps {
  readonly tags: readonly string[];
  readonly onChange: (tags: readonly string[]) => void;
}

function TagsField({ tags, onChange }: TagsFieldProps) {
  return (
    <Field id="start-tags" label="Tags" hint="With commas between.">
      <TextInput
        id="start-tags"
        defaultValue={tags.join(", ")}
        onChange={({ target }) => {
          const words = target.value.split(",").map((tag) => tag.trim());
          onChange(words.filter((tag) => tag !== ""));
        }}
      />
    </Field>
  );
}
