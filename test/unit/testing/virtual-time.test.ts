import { AsyncLocalStorage } from "node:async_hooks";
import { expect, test } from "vitest";
import { VirtualTime } from "../../../src/testing/virtual-time.ts";

test("timers fire when time has come, in the order of their times, and only once", () => {
  const time = new VirtualTime(1_000);
  const clock = time.clockOf("one");
  const fired: string[] = [];
  clock.after(20, () => fired.push("late"));
  clock.after(10, () => fired.push("early"));
  clock.after(0, () => fired.push("now"));

  expect(time.nextAt).toBe(1_000);
  expect(time.fireDue()).toBe(true);
  expect(fired).toEqual(["now"]);
  expect(time.fireDue()).toBe(false);
  expect(time.nextAt).toBe(1_010);
  time.set(1_030);
  expect([time.fireDue(), time.fireDue()]).toEqual([true, false]);
  expect(fired).toEqual(["now", "early", "late"]);
  expect(time.nextAt).toBeNull();
  expect(clock.now()).toBe(1_030);
});

test("a timer that is forgotten does not fire, not even by one that fires at the same time", () => {
  const time = new VirtualTime(0);
  const clock = time.clockOf("one");
  const fired: string[] = [];
  clock.after(5, () => {
    fired.push("first");
    forget();
  });
  const forget = clock.after(5, () => fired.push("second"));
  time.set(5);
  time.fireDue();

  expect(fired).toEqual(["first"]);
});

test("the timers of a process are forgotten with it", () => {
  const time = new VirtualTime(0);
  const fired: string[] = [];
  time.clockOf("one").after(5, () => fired.push("one"));
  time.clockOf("two").after(6, () => fired.push("two"));
  time.forget("one");

  expect(time.nextAt).toBe(6);
  time.set(10);
  time.fireDue();
  expect(fired).toEqual(["two"]);
});

test("time never goes back, and a timer keeps the context that it was set in", () => {
  const time = new VirtualTime(100);
  const storage = new AsyncLocalStorage<string>();
  let seen: string | undefined;
  storage.run("inside", () => time.clockOf("one").after(1, () => void (seen = storage.getStore())));
  time.set(50);
  expect(time.now).toBe(100);
  time.set(101);
  time.fireDue();

  expect(seen).toBe("inside");
});

test("chance is the same in every test", () => {
  const draw = (): number[] => {
    const clock = new VirtualTime(0).clockOf("one");
    return Array.from({ length: 100 }, () => clock.chance());
  };

  expect(draw()).toEqual(draw());
  expect(new Set(draw()).size).toBe(100);
  expect(Math.min(...draw())).toBeGreaterThanOrEqual(0);
  expect(Math.max(...draw())).toBeLessThan(1);
});
