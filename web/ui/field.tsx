import type { ComponentProps, ReactNode } from "react";
import { joinNames } from "./join-names.ts";

const inputNames =
  "h-7 rounded-md border border-line-strong/60 bg-surface px-2 text-ink aria-invalid:border-danger";

export function TextInput({ className, ...rest }: ComponentProps<"input">) {
  return (
    <input autoComplete="off" spellCheck={false} className={joinNames(inputNames, className)} {...rest} />
  );
}

export function TextArea({ className, ...rest }: ComponentProps<"textarea">) {
  return (
    <textarea spellCheck={false} className={joinNames(inputNames, "h-auto py-1.5", className)} {...rest} />
  );
}

export function Select({ className, children, ...rest }: ComponentProps<"select">) {
  return (
    <select className={joinNames(inputNames, "pr-6", className)} {...rest}>
      {children}
    </select>
  );
}

interface FieldProps {
  readonly id: string; // of the control
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly problem?: string | undefined; // what is wrong; the control names `${id}-problem` as its description
  readonly children: ReactNode;
}

/** A label, a control, and what is wrong with its value. */
export function Field({ id, label, hint, problem, children }: FieldProps) {
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {hint !== undefined && <p className="text-xs text-faint">{hint}</p>}
      {children}
      {problem !== undefined && (
        <p id={`${id}-problem`} className="text-xs text-danger">
          {problem}
        </p>
      )}
    </div>
  );
}
