import { EngineError } from "../base/errors.ts";
import type { CachedCall } from "../engine/task-cache.ts";

/** What a key function is told besides the arguments. */
export interface CacheKeyContext {
  readonly run: CachedCall["run"];
  readonly task: string;
}

/** Names what a result depends on: calls of the task with the same text share a result. */
export type CacheKeyFunction<Args = never> = (args: Args, context: CacheKeyContext) => string;

/** What the option `cache` takes: a policy, a function, or a list of both, all of which must be equal. */
export type CacheOption<Args = never> =
  | CachePolicy
  | CacheKeyFunction<Args>
  | readonly (CachePolicy | CacheKeyFunction<Args>)[];

type Ingredient = "inputs" | "source" | "parameters" | "run" | "flow";

interface Recipe {
  readonly ingredients: readonly Ingredient[];
  readonly omitted: readonly (number | string)[];
  readonly functions: readonly CacheKeyFunction[];
}

/** Says which calls of a task may share a result; policies add and subtract, and never change. */
export class CachePolicy {
  readonly recipe: Recipe;

  constructor(recipe: Partial<Recipe>) {
    this.recipe = { ingredients: [], omitted: [], functions: [], ...recipe };
  }

  /** Whatever the other ones look at must be equal, too: `INPUTS.plus(TASK_SOURCE)`. */
  plus(...others: readonly (CachePolicy | CacheKeyFunction)[]): CachePolicy {
    return others.reduce<CachePolicy>((sum, other) => sum.#add(other), this);
  }

  /**
   * Looks at less: a number is the place of an argument (0 = the first), a text a field of an argument that is an object,
   * or a parameter of the flow; a policy takes away what it looks at.
   */
  without(...what: readonly (number | string | CachePolicy)[]): CachePolicy {
    const { ingredients, omitted, functions } = this.recipe;
    const policies = what.filter(isPolicy);
    const names = what.filter((one) => typeof one !== "object");
    const gone = new Set(policies.flatMap(({ recipe }) => recipe.ingredients));
    const goneFunctions = new Set(policies.flatMap(({ recipe }) => recipe.functions));
    return new CachePolicy({
      ingredients: ingredients.filter((one) => !gone.has(one)),
      functions: functions.filter((one) => !goneFunctions.has(one)),
      omitted: [...new Set([...omitted, ...names])],
    });
  }

  #add(other: CachePolicy | CacheKeyFunction): CachePolicy {
    const { ingredients, omitted, functions } = this.recipe;
    if (typeof other === "function")
      return new CachePolicy({ ...this.recipe, functions: [...functions, other] });
    return new CachePolicy({
      ingredients: [...new Set([...ingredients, ...other.recipe.ingredients])],
      omitted: [...new Set([...omitted, ...other.recipe.omitted])],
      functions: [...functions, ...other.recipe.functions],
    });
  }
}

/** The arguments of the call. */
export const INPUTS = new CachePolicy({ ingredients: ["inputs"] });
/** The source text of the task's function. What the function calls is not looked at. */
export const TASK_SOURCE = new CachePolicy({ ingredients: ["source"] });
/** The validated parameters of the flow. */
export const FLOW_PARAMETERS = new CachePolicy({ ingredients: ["parameters"] });
/** The run: results are shared among calls of one run. */
export const RUN = new CachePolicy({ ingredients: ["run"] });
/** The name of the flow: results are shared among its runs, and not with other flows. */
export const FLOW = new CachePolicy({ ingredients: ["flow"] });
/** Nothing is shared; for `withOptions()`. Adds nothing to another policy. */
export const NO_CACHE = new CachePolicy({});

/** One policy for what the option says; null = nothing is shared. */
export function toPolicy(option: CacheOption | undefined): CachePolicy | null {
  if (option === undefined) return null;
  const policy = NO_CACHE.plus(...(isList(option) ? option : [option]));
  const { ingredients, functions } = policy.recipe;
  return ingredients.length + functions.length === 0 ? null : policy;
}

function isPolicy(one: unknown): one is CachePolicy {
  return one instanceof CachePolicy;
}

function isList(option: CacheOption): option is Extract<CacheOption, readonly unknown[]> {
  return Array.isArray(option);
}

/** What makes two calls equal under a policy. Results are never shared between tasks of different names. */
export function materialOf({ recipe }: CachePolicy, call: CachedCall): readonly unknown[] {
  const { omitted } = recipe;
  const material: unknown[] = [1, call.task];
  for (const ingredient of ingredientOrder) {
    if (recipe.ingredients.includes(ingredient))
      material.push([ingredient, contentOf(ingredient, call, omitted)]);
  }
  for (const fn of recipe.functions) material.push(["key", askForKey(fn, call)]);
  return material;
}

const ingredientOrder: readonly Ingredient[] = ["inputs", "source", "parameters", "run", "flow"];

function contentOf(ingredient: Ingredient, call: CachedCall, omitted: Recipe["omitted"]): unknown {
  switch (ingredient) {
    case "inputs":
      return call.args.flatMap((arg, index) =>
        omitted.includes(index) ? [] : [[index, withoutFields(arg, omitted)]],
      );
    case "source":
      return call.source;
    case "parameters":
      return withoutFields(call.parameters, omitted);
    case "run":
      return call.run.id;
    case "flow":
      return call.run.flow;
  }
}

function withoutFields(value: unknown, omitted: Recipe["omitted"]): unknown {
  if (typeof value !== "object" || value === null || !omitted.some((field) => typeof field === "string"))
    return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value; // a list, a Map, a Date: no named fields
  return Object.fromEntries(Object.entries(value).filter(([field]) => !omitted.includes(field)));
}

function askForKey(fn: CacheKeyFunction, { task, args, run }: CachedCall): string {
  // The types of a user's function end at the log.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  const key: unknown = fn(args as never, { run, task });
  if (typeof key === "string" && key !== "") return key;
  throw new EngineError("COMMAND_REFUSED", `The cache key function of task ${task} must return a text.`, {
    task,
  });
}
