import { useId, useState } from "react";
import { Button } from "../ui/button.tsx";
import { TextInput } from "../ui/field.tsx";

interface ChooseRunsProps {
  readonly a: string;
  readonly b: string;
  readonly onChoose: (runs: { a: string; b: string }) => void;
}

export function ChooseRuns({ a, b, onChoose }: ChooseRunsProps) {
  const [one, setOne] = useState(a);
  const [other, setOther] = useState(b);
  return (
    <form
      className="flex flex-wrap items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (one.trim() !== "" && other.trim() !== "") onChoose({ a: one.trim(), b: other.trim() });
      }}
    >
      <RunField label="A" value={one} onChange={setOne} />
      <RunField label="B" value={other} onChange={setOther} />
      <Button type="submit" icon="compare">
        Compare
      </Button>
    </form>
  );
}

interface RunFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
}

function RunField({ label, value, onChange }: RunFieldProps) {
  const id = useId();
  return (
    <span className="flex items-center gap-2">
      <label htmlFor={id}>{label}</label>
      <TextInput
        id={id}
        placeholder="name or id"
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
    </span>
  );
}
