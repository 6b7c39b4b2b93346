import { useEffect, useState } from "react";
import { IconButton } from "./button.tsx";

interface CopyButtonProps {
  readonly text: string;
  readonly label?: string;
}

const shownMs = 1_500;

export function CopyButton({ text, label = "Copy" }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<"copied" | "failed" | null>(null);
  useEffect(() => {
    if (outcome === null) return;
    const timer = setTimeout(() => setOutcome(null), shownMs);
    return () => clearTimeout(timer);
  }, [outcome]);
  const words = { copied: "Copied", failed: "The browser did not allow it" };
  return (
    <>
      <IconButton
        icon={outcome === "copied" ? "check" : "copy"}
        label={outcome === null ? label : words[outcome]}
        onClick={() => {
          copyText(text).then(
            () => setOutcome("copied"),
            () => setOutcome("failed"),
          );
        }}
      />
      <span aria-live="polite" className="sr-only">
        {outcome === null ? "" : words[outcome]}
      </span>
    </>
  );
}

/** Where the page is neither https nor on this machine, there is no clipboard but the old way. */
async function copyText(text: string): Promise<void> {
  if (isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (!isCopied) throw new Error("not copied");
}
