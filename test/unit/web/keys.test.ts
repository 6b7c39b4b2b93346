import { describe, expect, test } from "vitest";
import { type Entry, rank } from "../../../web/app/palette-entries.ts";
import { KeyBook } from "../../../web/keys/key-book.ts";

const press = (key: string, held: "ctrl" | "alt" | null = null) => ({
  key,
  ctrlKey: held === "ctrl",
  metaKey: false,
  altKey: held === "alt",
});

function openBook(...keys: readonly string[]) {
  const done: string[] = [];
  let nowMs = 0;
  const book = new KeyBook(() => nowMs);
  const bind = (...names: readonly string[]) =>
    book.add(names.map((name) => ({ keys: name, does: name, group: "", act: () => done.push(name) })));
  bind(...keys);
  return {
    book,
    done,
    bind,
    wait: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe("the keys", () => {
  test("one after the other, but not too late", () => {
    const { book, done, wait } = openBook("g r", "r");
    book.press(press("g"), false);
    book.press(press("r"), false);
    book.press(press("g"), false);
    wait(1_500);
    book.press(press("r"), false);

    expect(done).toEqual(["g r", "r"]);
  });

  test("are silent while somebody types, but for those with a modifier", () => {
    const { book, done } = openBook("j", "Mod+k");

    expect(book.press(press("j"), true)).toBe(false);
    expect(book.press(press("K", "ctrl"), true)).toBe(true);
    expect(done).toEqual(["Mod+k"]);
  });

  test("can be switched off, and are the screen's that came last", () => {
    const { book, done, bind } = openBook("j");
    const remove = bind("j");
    book.press(press("j"), false);
    remove();
    book.press(press("j"), false);
    book.isOn = false;
    book.press(press("j"), false);

    expect(done).toEqual(["j", "j"]);
    expect(book.list()).toHaveLength(1);
    expect(book.press(press("j", "alt"), false)).toBe(false);
  });
});

test("the palette ranks beginnings of words before middles, and those before letters in order", () => {
  const entry = (label: string): Entry => ({ id: label, label, hint: "", act: () => undefined });
  const entries = ["border", "big orders", "orders_pipeline", "on rider", "nothing"].map(entry);

  expect(rank(entries, "order").map(({ label }) => label)).toEqual([
    "orders_pipeline",
    "big orders",
    "border",
    "on rider",
  ]);
  expect(rank(entries, "nothing at all")).toEqual([]);
});
