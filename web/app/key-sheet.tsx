import { useBindings } from "../keys/use-keys.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { KeyHint } from "../ui/key-hint.tsx";

interface KeySheetProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Every key that does something now, by what it is for. */
export function KeySheet({ isOpen, onClose }: KeySheetProps) {
  const groups = new Map<string, Map<string, string>>();
  for (const { keys, does, group } of useBindings())
    groups.set(group, (groups.get(group) ?? new Map<string, string>()).set(keys, does));
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="Keys"
      about="They act on the screen that is shown, and not while you type."
      isWide
    >
      <div className="grid gap-x-8 gap-y-4 sm:grid-cols-2">
        {[...groups].map(([group, bindings]) => (
          <section key={group}>
            <h3 className="pb-1 text-xs font-medium text-faint">{group}</h3>
            <dl>
              {[...bindings].map(([keys, does]) => (
                <div key={keys} className="flex min-h-7 items-center justify-between gap-4">
                  <dd>{does}</dd>
                  <dt>
                    <KeyHint keys={spelled(keys)} />
                  </dt>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

function spelled(keys: string): string {
  if (keys.startsWith("Mod+")) return `Ctrl ${keys.slice(4).toUpperCase()}`;
  return /^[A-Z]$/.test(keys) ? `Shift ${keys}` : keys;
}
