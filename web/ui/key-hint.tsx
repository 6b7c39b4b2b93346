/** The keys of a shortcut, as "g r" or "Shift+J". */
export function KeyHint({ keys }: { readonly keys: string }) {
  return (
    <span className="inline-flex gap-1">
      {keys.split(" ").map((key) => (
        <kbd
          key={key}
          className="inline-flex h-5 min-w-5 items-center justify-center rounded border border-line bg-sunken px-1 font-mono text-xs text-soft"
        >
          {key}
        </kbd>
      ))}
    </span>
  );
}
