import { useState } from "react";
import { toCounted } from "../format/numbers.ts";

interface JsonViewProps {
  readonly value: unknown;
  readonly openTo?: number; // levels that are open at first
}

/** Any JSON as a tree that unfolds; large lists and long texts show a part first, so no value can stop the page. */
export function JsonView({ value, openTo = 2 }: JsonViewProps) {
  return (
    <div className="overflow-x-auto font-mono text-xs leading-5">
      <Node name={null} value={value} openTo={openTo} />
    </div>
  );
}

interface NodeProps extends JsonViewProps {
  readonly name: string | null; // null = the root, or an entry of a list
  readonly openTo: number;
}

const step = 100; // entries that show at a time
const short = 25; // entries, up to which a branch is open at first
const textStep = 2_000; // characters

function Node({ name, value, openTo }: NodeProps) {
  if (typeof value !== "object" || value === null) {
    return (
      <div className="pl-4">
        <Name name={name} />
        <Scalar value={value} />
      </div>
    );
  }
  return <Branch name={name} value={value} openTo={openTo} />;
}

function Branch({ name, value, openTo }: NodeProps & { readonly value: object }) {
  const isList = Array.isArray(value);
  const entries = Object.entries(value);
  const [isOpen, setOpen] = useState(openTo > 0 && entries.length <= short);
  const [shown, setShown] = useState(step);
  const size = isList ? toCounted(entries.length, "entry", "entries") : toCounted(entries.length, "field");
  const signs = isList ? "[]" : "{}";
  if (entries.length === 0) {
    return (
      <div className="pl-4">
        <Name name={name} />
        <span className="text-soft">{signs}</span>
      </div>
    );
  }
  return (
    <div>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className="min-h-6 rounded px-0.5 text-left hover:bg-hover"
      >
        <span aria-hidden className="inline-block w-3.5 text-faint">
          {isOpen ? "▾" : "▸"}
        </span>
        <Name name={name} />
        <span className="text-faint">{isOpen ? signs[0] : `${signs} ${size}`}</span>
      </button>
      {isOpen && (
        <div className="ml-1.5 border-l border-line pl-2">
          {entries.slice(0, shown).map(([key, part]) => (
            <Node key={key} name={isList ? null : key} value={part} openTo={openTo - 1} />
          ))}
          {entries.length > shown && (
            <button
              type="button"
              className="min-h-6 pl-4 text-accent hover:underline"
              onClick={() => setShown(shown + step * 10)}
            >
              {toCounted(entries.length - shown, "more entry", "more entries")}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function Name({ name }: { readonly name: string | null }) {
  if (name === null) return null;
  return (
    <span className="text-soft">
      <bdi>{name}</bdi>:{" "}
    </span>
  );
}

function Scalar({ value }: { readonly value: unknown }) {
  const [shown, setShown] = useState(textStep);
  if (typeof value !== "string") return <span className="text-accent">{String(value)}</span>;
  return (
    <span className="break-all whitespace-pre-wrap text-ink">
      &quot;<bdi>{value.slice(0, shown)}</bdi>&quot;
      {value.length > shown && (
        <button
          type="button"
          className="min-h-6 px-1 text-accent hover:underline"
          onClick={() => setShown(shown * 10)}
        >
          … {toCounted(value.length - shown, "more character")}
        </button>
      )}
    </span>
  );
}
