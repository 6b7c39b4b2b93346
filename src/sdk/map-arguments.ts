import { EngineError } from "../base/errors.ts";
import { isFuture, type WithFinalState } from "../engine/final-state.ts";
import type { Future } from "./futures.ts";

const unmappedBrand = Symbol.for("millrace.unmapped");

/** A list that goes to every task of a `map` as it is. */
export interface Unmapped<T> {
  readonly [unmappedBrand]: true;
  readonly value: T;
}

/** Keeps `map` from taking a list apart: `train.map(models, unmapped(rows))`. */
export function unmapped<T>(value: T): Unmapped<T> {
  return { [unmappedBrand]: true, value };
}

function isUnmapped(value: unknown): value is Unmapped<unknown> {
  return typeof value === "object" && value !== null && unmappedBrand in value;
}

/** Arguments that may be futures of such values. */
export type Resolvable<Args extends readonly unknown[]> = { [K in keyof Args]: Args[K] | Future<Args[K]> };

/** Arguments of `map`: lists of items or of futures, and values for every task. */
export type Mapped<Args extends readonly unknown[]> = {
  [K in keyof Args]:
    | Iterable<Args[K] | Future<Args[K]>>
    | Unmapped<Args[K] | Future<Args[K]>>
    | (Args[K] extends Iterable<unknown> ? (Args[K] extends string ? Args[K] : never) : Args[K])
    | Future<Args[K]>;
};

/**
 * One list of arguments for each task of a `map`.
 * @throws EngineError INPUT_INVALID when no argument is a list, or lists differ in length
 */
export function expandMap(name: string, args: readonly unknown[]): readonly (readonly unknown[])[] {
  const columns = args.map((arg) =>
    isList(arg) ? { list: [...arg] } : { every: isUnmapped(arg) ? arg.value : arg },
  );
  const lengths = columns.flatMap((column) => ("list" in column ? [column.list.length] : []));
  const [length] = lengths;
  if (length === undefined) {
    throw new EngineError(
      "INPUT_INVALID",
      `${name}.map() needs a list among its arguments; none of them is one.`,
      { name },
    );
  }
  if (lengths.some((other) => other !== length)) {
    const text = lengths.join(", ");
    throw new EngineError(
      "INPUT_INVALID",
      `${name}.map() was given lists of different lengths (${text}). Wrap a list that every task needs whole in unmapped().`,
      { name, lengths: text },
    );
  }
  return Array.from({ length }, (_, index) =>
    columns.map((column) => ("list" in column ? column.list[index] : column.every)),
  );
}

function isList(value: unknown): value is Iterable<unknown> {
  if (typeof value !== "object" || value === null || isFuture(value) || isUnmapped(value)) return false;
  return Symbol.iterator in value && !(value instanceof Map) && !(value instanceof Uint8Array);
}

async function outputOf(future: WithFinalState): Promise<unknown> {
  const { output, error } = await future.finalState();
  if (error !== null) throw error;
  return output;
}

/** The arguments with the results of their futures; rejects with the first failure. */
export async function resolveFutures(args: readonly unknown[]): Promise<readonly unknown[]> {
  return Promise.all(args.map(async (arg): Promise<unknown> => (isFuture(arg) ? outputOf(arg) : arg)));
}
