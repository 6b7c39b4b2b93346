/** What a key, or two keys one after the other, does on the screen that is shown. */
export interface Binding {
  readonly keys: string; // "j", "J" (with Shift), "g r" (one after the other), "Mod+k" (Ctrl or ⌘)
  readonly does: string; // for the sheet: "next row"
  readonly group: string; // of the sheet: "Lists"
  readonly act: () => void;
}

/** As much of a keyboard event as the book looks at. */
export interface Press {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** The key of a press, as bindings name it; null = a key that only modifies, or one for the browser. */
function nameOfPress({ key, ctrlKey, metaKey, altKey }: Press): string | null {
  if (altKey || key === "Shift" || key === "Control" || key === "Meta" || key === "Dead") return null;
  const name = key === " " ? "Space" : key;
  return ctrlKey || metaKey ? `Mod+${name.toLowerCase()}` : name;
}

const sequenceMs = 1_000;

/**
 * Who hears which key. The screen that was shown last is asked first. While somebody types, or in front of a dialog,
 * only keys with a modifier count; and none at all when they are switched off.
 */
export class KeyBook {
  readonly #bindings: Binding[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #now: () => number;
  #list: readonly Binding[] = [];
  #first: { readonly key: string; readonly at: number } | null = null; // of two keys
  isOn = true;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(bindings: readonly Binding[]): () => void {
    this.#bindings.push(...bindings);
    this.#changed();
    return () => {
      for (const binding of bindings) this.#bindings.splice(this.#bindings.indexOf(binding), 1);
      this.#changed();
    };
  }

  /** Carries out what a press means; tells whether it meant anything. */
  press(press: Press, isTyping: boolean): boolean {
    const name = nameOfPress(press);
    if (name === null || !this.isOn || (isTyping && !name.startsWith("Mod+"))) return false;
    const before = this.#first;
    this.#first = null;
    const isSecond = before !== null && this.#now() - before.at < sequenceMs;
    const binding = (isSecond ? this.#find(`${before.key} ${name}`) : undefined) ?? this.#find(name);
    if (binding !== undefined) {
      binding.act();
      return true;
    }
    if (!this.#bindings.some(({ keys }) => keys.startsWith(`${name} `))) return false;
    this.#first = { key: name, at: this.#now() };
    return true;
  }

  watch = (changed: () => void): (() => void) => {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  };

  list = (): readonly Binding[] => this.#list;

  #find(keys: string): Binding | undefined {
    return this.#bindings.findLast((binding) => binding.keys === keys);
  }

  #changed(): void {
    this.#list = [...this.#bindings];
    for (const changed of this.#watchers) changed();
  }
}
