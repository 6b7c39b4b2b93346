import { createContext, use, useEffect, useEffectEvent, useSyncExternalStore } from "react";
import { type Binding, KeyBook } from "./key-book.ts";

export const KeyBookContext = createContext<KeyBook>(new KeyBook(() => 0));

/** Binds keys while the component is shown. What a key is called must not change; what it does may. */
export function useKeys(bindings: readonly Binding[]): void {
  const book = use(KeyBookContext);
  const act = useEffectEvent((keys: string) => bindings.find((binding) => binding.keys === keys)?.act());
  const names = bindings.map(({ keys, does, group }) => JSON.stringify([keys, does, group])).join("\n");
  useEffect(() => {
    const bound = names.split("\n").flatMap((text) => {
      const [keys = "", does = "", group = ""]: string[] = text === "" ? [] : JSON.parse(text);
      return keys === "" ? [] : [{ keys, does, group, act: () => act(keys) }];
    });
    return book.add(bound);
  }, [book, names]);
}

export function useBindings(): readonly Binding[] {
  const book = use(KeyBookContext);
  return useSyncExternalStore(book.watch, book.list);
}

const fields = "input, textarea, select, [contenteditable], [role=menu], [role=dialog], [role=slider]";
const buttons = "button, a, summary, [role=tab]";

/** Lets a book hear the keyboard of the page. */
export function listenToKeyboard(book: KeyBook): () => void {
  const hear = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || isForTarget(event)) return;
    if (book.press(event, isTyping(event.target))) event.preventDefault();
  };
  document.addEventListener("keydown", hear);
  return () => document.removeEventListener("keydown", hear);
}

/** Space and Enter on a button are the button's own. */
function isForTarget({ key, target }: KeyboardEvent): boolean {
  return (key === " " || key === "Enter") && target instanceof Element && target.matches(buttons);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof Element) || target.matches("input[type=checkbox]")) return false;
  return target.closest(fields) !== null;
}
