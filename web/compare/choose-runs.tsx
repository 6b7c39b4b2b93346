import { useId, useState } from "react";
import { Button } from "../ui/button.tsx";
import { TextInput } from "../ui/field.tsx";

interface ChooseRunsProps {
  readonly a: string;
  readonly b: string;
  readonly onChoose: (runs: { a: string; b: string }) => void;
}

export function ChooseRuns({ a, b, onChoose }: ChooseRunsProps) {
  const id = useId();
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
      <span className="flex items-center gap-2">
        <label htmlFor={`${id}-a`}>A</label>
        <TextInput
          id={`${id}-a`}
          placeholder="name or id"
          value={one}
          onChange={({ target }) => setOne(target.value)}
        />
      </span>
      <span className="flex items-center gap-2">
        <label htmlFor={`${id}-b`}>B</label>
        <TextInput
          id={`${id}-b`}
          placeholder="name or id"
          value={other}
          onChange={({ target }) => setOther(target.value)}
        />
      </span>
      <Button type="submit" icon="compare">
        Compare
      </Button>
    </form>
  );
}
