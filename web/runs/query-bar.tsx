import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useId, useRef, useState } from "react";
import { parseQuery, printQuery } from "../../src/projections/query-text.ts";
import { asked, useApi } from "../api/context.tsx";
import { useKeys } from "../keys/use-keys.tsx";
import { Button, IconButton } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { joinNames } from "../ui/join-names.ts";
import { type Completion, completionsOf, withoutTerm, withTyped } from "./query-chips.ts";

interface QueryBarProps {
  readonly q: string;
  readonly onQuery: (q: string) => void;
}

/** The query as chips, each of which can be taken out; or as the text that it is. */
export function QueryBar({ q, onQuery }: QueryBarProps) {
  const [isText, setText] = useState(false);
  const { problems } = parseQuery(q);
  return (
    <div className="flex flex-col gap-1">
      <div className="flex items-start gap-2">
        {isText ? <QueryText key={q} q={q} onQuery={onQuery} /> : <Chips q={q} onQuery={onQuery} />}
        <Button look="quiet" aria-pressed={isText} onClick={() => setText(!isText)} className="h-8">
          {isText ? "As chips" : "As text"}
        </Button>
      </div>
      {problems.map(({ at, length, message }) => (
        <p key={at} role="alert" className="text-danger">
          <code className="font-mono">{q.slice(at, at + length)}</code>: {message}
        </p>
      ))}
    </div>
  );
}

function QueryText({ q, onQuery }: QueryBarProps) {
  const [text, setText] = useState(q);
  return (
    <form
      className="flex-1"
      onSubmit={(event) => {
        event.preventDefault();
        onQuery(text.trim());
      }}
    >
      <input
        aria-label="Query"
        className="h-8 w-full rounded-md border border-line-strong/60 bg-surface px-2 font-mono"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={({ target }) => setText(target.value)}
        onBlur={() => onQuery(text.trim())}
      />
    </form>
  );
}

function Chips({ q, onQuery }: QueryBarProps) {
  const { terms } = parseQuery(q);
  const input = useRef<HTMLInputElement>(null);
  useKeys([{ keys: "/", does: "filter", group: "Lists", act: () => input.current?.focus() }]);
  return (
    <div className="flex min-h-8 flex-1 flex-wrap items-center gap-1 rounded-md border border-line-strong/60 bg-surface px-1.5 py-0.5 focus-within:border-accent">
      <Icon name="filter" size={14} />
      {terms.map((term, index) => {
        const text = printQuery([term]);
        return (
          <span
            key={text}
            className="inline-flex max-w-full items-center rounded bg-sunken pl-2 font-mono text-xs"
          >
            <bdi className="truncate">{text}</bdi>
            <IconButton
              icon="close"
              label={`Remove ${text}`}
              className="h-6 min-w-6 scale-75"
              onClick={() => onQuery(withoutTerm(q, index))}
            />
          </span>
        );
      })}
      <TermInput
        ref={input}
        placeholder={
          terms.length === 0 ? "status:failed flow:etl tag:prod created>-24h input.customer=42" : "and…"
        }
        onAdd={(typed) => onQuery(withTyped(q, typed))}
        onBack={() => onQuery(withoutTerm(q, terms.length - 1))}
      />
      {q !== "" && (
        <Button look="quiet" className="h-6 text-xs" onClick={() => onQuery("")}>
          Clear
        </Button>
      )}
    </div>
  );
}

interface TermInputProps {
  readonly ref: React.Ref<HTMLInputElement>;
  readonly placeholder: string;
  readonly onAdd: (typed: string) => void;
  readonly onBack: () => void; // Backspace where nothing was typed
}

function TermInput({ ref, placeholder, onAdd, onBack }: TermInputProps) {
  const id = useId();
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(-1); // -1 = what was typed
  const completions = useCompletions(typed);
  const type = (text: string): void => {
    setTyped(text);
    setChosen(-1);
  };
  const take = ({ text, isWhole }: Completion): void => {
    if (isWhole) onAdd(text);
    type(isWhole ? "" : text);
  };
  const keyDown = (event: KeyboardEvent): void => {
    const picked = completions[chosen];
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setChosen(Math.max(-1, Math.min(completions.length - 1, chosen + step)));
    } else if (picked !== undefined && (event.key === "Enter" || event.key === "Tab")) {
      event.preventDefault();
      take(picked);
    } else if (event.key === "Enter" && typed.trim() !== "") {
      onAdd(typed);
      type("");
    } else if (event.key === "Escape") type("");
    else if (event.key === "Backspace" && typed === "") onBack();
  };
  return (
    <div className="relative min-w-40 flex-1">
      <input
        ref={ref}
        role="combobox"
        aria-label="Add a condition"
        aria-expanded={completions.length > 0}
        aria-controls={id}
        aria-activedescendant={chosen < 0 ? undefined : `${id}-${chosen}`}
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholder}
        className="h-6 w-full bg-transparent px-1 font-mono text-xs outline-none"
        value={typed}
        onChange={({ target }) => type(target.value)}
        onKeyDown={keyDown}
      />
      <Suggestions id={id} completions={completions} chosen={chosen} onTake={take} />
    </div>
  );
}

interface SuggestionsProps {
  readonly id: string;
  readonly completions: readonly Completion[];
  readonly chosen: number;
  readonly onTake: (completion: Completion) => void;
}

function Suggestions({ id, completions, chosen, onTake }: SuggestionsProps) {
  return (
    <ul
      id={id}
      role="listbox"
      aria-label="Suggestions"
      hidden={completions.length === 0}
      className="absolute top-7 left-0 z-30 w-96 max-w-[80vw] rounded-lg border border-line bg-raised p-1 shadow-float"
    >
      {completions.map((completion, index) => (
        // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the keys are the text field's
        <li
          key={completion.text}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === chosen}
          onMouseDown={(event) => event.preventDefault()} // the field keeps the focus
          onClick={() => onTake(completion)}
          className={joinNames(
            "flex min-h-7 cursor-pointer items-center gap-3 rounded px-2 hover:bg-hover",
            index === chosen && "bg-accent-wash",
          )}
        >
          <bdi className="font-mono text-xs">{completion.text}</bdi>
          <span className="truncate text-xs text-faint">{completion.about}</span>
        </li>
      ))}
    </ul>
  );
}

function useCompletions(typed: string): readonly Completion[] {
  const api = useApi();
  const isWanted = typed !== "";
  const flows = useQuery({ ...asked(api, "flows", {}), enabled: isWanted });
  const capacity = useQuery({ ...asked(api, "capacity", {}), enabled: isWanted });
  return completionsOf(typed, {
    flows: (flows.data ?? []).map(({ flow }) => flow),
    queues: (capacity.data?.queues ?? []).map(({ queue }) => queue),
    tags: [],
  });
}
