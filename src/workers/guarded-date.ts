import { askedFor, useNow } from "../engine/guard.ts";
import type { Below } from "./find-site.ts";
import type { Watching } from "./flow-watch.ts";

const asked = { now: askedFor("Date.now()", useNow), date: askedFor("new Date()", useNow) };

/**
 * Guards `Date`: watched flow code sees another one. The one of everybody else stays the same object, as libraries compare
 * constructors, and keep it from when they were loaded. Returns the way back.
 */
export function guardDate(find: () => Watching | null): () => void {
  const real = globalThis.Date;
  const before = Object.getOwnPropertyDescriptor(globalThis, "Date");
  const flowDate = dateOfFlows(real, find);
  const get = (): DateConstructor => (find() === null ? real : flowDate);
  Object.defineProperty(globalThis, "Date", {
    get,
    set: (value: unknown) => {
      Object.defineProperty(globalThis, "Date", {
        value,
        writable: true,
        configurable: true,
        enumerable: false,
      });
    },
    configurable: true,
    enumerable: false,
  });
  return () => {
    const now = Object.getOwnPropertyDescriptor(globalThis, "Date");
    if (now?.get === get && before !== undefined) Object.defineProperty(globalThis, "Date", before);
  };
}

function dateOfFlows(real: DateConstructor, find: () => Watching | null): DateConstructor {
  /** null = the real time */
  const timeFor = (below: Below, what: keyof typeof asked): number | null => {
    const watching = find(); // code outside may have kept this Date
    return watching?.watch.asked(asked[what], below) === true ? watching.watch.now() : null;
  };
  const now = (): number => timeFor(now, "now") ?? real.now();
  return new Proxy(real, {
    construct: function construct(target, args: unknown[], self): object {
      const time = args.length === 0 ? timeFor(construct, "date") : null;
      const date: object = Reflect.construct(target, time === null ? args : [time], self);
      return date;
    },
    apply: function apply(): string {
      const time = timeFor(apply, "date");
      return (time === null ? new real() : new real(time)).toString();
    },
    get: (target, name, self): unknown => (name === "now" ? now : Reflect.get(target, name, self)),
  });
}
