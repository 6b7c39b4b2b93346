import { type ReactNode, useMemo, useState } from "react";
import { initialValue } from "../../form/form-value.ts";
import { toPlainLine } from "../../format/plain-text.ts";
import { Field, Select, TextInput } from "../../ui/field.tsx";
import { useToast } from "../../ui/toast.tsx";
import { quote } from "../data/as-commands.ts";
import { useRun } from "../run-context.tsx";
import { CommandDialog } from "./command-dialog.tsx";
import { readForm } from "./read-form.ts";
import { useCommand } from "./use-command.ts";
import { ValueForm } from "./value-form.tsx";

const another = "\u0000"; // no signal has this name

/** Sends a signal: one that the run waits for, with the form that the flow gave it, or any other. */
export function SignalDialog({ onClose }: { readonly onClose: () => void }) {
  const { head } = useRun();
  const waits = [...head.openWaits.values()];
  const [chosen, setChosen] = useState(waits[0]?.name ?? another);
  const [typed, setTyped] = useState("");
  const wait = waits.find(({ name }) => name === chosen) ?? null;
  const name = chosen === another ? typed.trim() : chosen;
  return (
    <SignalForm
      key={chosen}
      name={name}
      form={wait?.form ?? null}
      prompt={wait?.prompt ?? null}
      onClose={onClose}
      head={
        <>
          {waits.length > 0 && (
            <Field id="signal-name" label="Signal">
              <Select id="signal-name" value={chosen} onChange={({ target }) => setChosen(target.value)}>
                {[...new Set(waits.map(({ name }) => name))].map((known) => (
                  <option key={known} value={known}>
                    {toPlainLine(known)}
                  </option>
                ))}
                <option value={another}>another one…</option>
              </Select>
            </Field>
          )}
          {chosen === another && (
            <Field
              id="signal-typed"
              label="Name of the signal"
              hint="One that nobody waits for yet is kept until somebody does."
            >
              <TextInput id="signal-typed" value={typed} onChange={({ target }) => setTyped(target.value)} />
            </Field>
          )}
        </>
      }
    />
  );
}

interface SignalFormProps {
  readonly name: string; // "" = none was typed yet
  readonly form: string | null; // JSON Schema
  readonly prompt: string | null; // what a person is asked
  readonly head: ReactNode;
  readonly onClose: () => void;
}

function SignalForm({ name, form, prompt, head, onClose }: SignalFormProps) {
  const { run } = useRun();
  const toast = useToast();
  const fields = useMemo(() => readForm(form), [form]);
  const [payload, setPayload] = useState<unknown>(() => (fields === null ? undefined : initialValue(fields)));
  const given = payload === undefined ? {} : { payload };
  const command = useCommand(
    async (api, idempotencyKey) =>
      api.ask("signal", { params: { run }, body: { name, ...given }, idempotencyKey }),
    () => {
      toast({ text: `Signal ${name} was sent.` });
      onClose();
    },
  );
  return (
    <CommandDialog
      title={prompt === null ? "Send a signal" : toPlainLine(prompt)}
      verb={prompt === null ? "Send" : "Answer"}
      isReady={name !== ""}
      isSending={command.isSending}
      error={command.error}
      onSend={command.send}
      onClose={onClose}
      cli={`millrace signal ${quote(run)} ${quote(name)}${payload === undefined ? "" : ` ${quote(JSON.stringify(payload))}`}`}
    >
      {head}
      <ValueForm
        title={prompt === null ? "What it carries" : "Answer"}
        form={fields}
        value={payload}
        problems={command.problems}
        onChange={setPayload}
      />
    </CommandDialog>
  );
}
