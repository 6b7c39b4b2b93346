import { createContext, use, useSyncExternalStore } from "react";

/** What a reader chose for this browser. It stays here: no server needs to know. */
export interface Preferences {
  readonly theme: "system" | "light" | "dark" | "contrast";
  readonly palette: "default" | "blue-orange" | "strong";
  readonly density: "cosy" | "dense";
  readonly keys: "on" | "off"; // shortcuts of one letter
}

const usual: Preferences = { theme: "system", palette: "default", density: "cosy", keys: "on" };

const choices: { readonly [Name in keyof Preferences]: readonly Preferences[Name][] } = {
  theme: ["system", "light", "dark", "contrast"],
  palette: ["default", "blue-orange", "strong"],
  density: ["cosy", "dense"],
  keys: ["on", "off"],
};

/** Keeps what is chosen, and shows it on the page's root, where the tokens look for it. */
export class PreferenceStore {
  readonly #watchers = new Set<() => void>();
  readonly #isDark = matchMedia("(prefers-color-scheme: dark)");
  readonly #wantsContrast = matchMedia("(prefers-contrast: more)");
  #current: Preferences = {
    theme: pick("theme"),
    palette: pick("palette"),
    density: pick("density"),
    keys: pick("keys"),
  };

  constructor() {
    this.#isDark.addEventListener("change", () => this.#show());
    this.#wantsContrast.addEventListener("change", () => this.#show());
    this.#show();
  }

  choose(change: Partial<Preferences>): void {
    this.#current = { ...this.#current, ...change };
    for (const [name, value] of Object.entries(change)) remember(name, value);
    this.#show();
    for (const changed of this.#watchers) changed();
  }

  watch = (changed: () => void): (() => void) => {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  };

  current = (): Preferences => this.#current;

  #show(): void {
    const { theme, palette } = this.#current;
    const bySystem = this.#wantsContrast.matches ? "contrast" : this.#isDark.matches ? "dark" : "light";
    document.documentElement.dataset["theme"] = theme === "system" ? bySystem : theme;
    document.documentElement.dataset["palette"] = palette;
  }
}

const prefix = "millrace.";

function pick<Name extends keyof Preferences>(name: Name): Preferences[Name] {
  const kept = recall(name);
  return choices[name].find((choice) => choice === kept) ?? usual[name];
}

/** What this browser keeps under a name; null = nothing, or it keeps nothing at all. */
export function recall(name: string): string | null {
  try {
    return localStorage.getItem(prefix + name);
  } catch {
    return null; // storage is switched off: every visit is the first
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(prefix + name, value);
  } catch {
    // as above; the choice holds until the page is left
  }
}

export function usePreferences(store: PreferenceStore): Preferences {
  return useSyncExternalStore(store.watch, store.current);
}

const leastRowPx = 24; // what a finger or an unsteady hand still hits
const watchNothing = () => (): void => undefined;

/** What grids read; null = nobody chose anything. */
export const PreferencesContext = createContext<PreferenceStore | null>(null);

/** How high rows are that are `px` by themselves: some 20 % less where a reader wants to see more of them. */
export function useRowPx(px: number): number {
  const store = use(PreferencesContext);
  const density = useSyncExternalStore(store?.watch ?? watchNothing, () => store?.current().density);
  return density === "dense" ? Math.max(leastRowPx, Math.round(px * 0.8)) : px;
}
