import { fillPath, paths, type RouteName } from "../../src/server/contract/paths.ts";
import type { AnswerOf, BodyOf, ParamsOf, QueryOf } from "../../src/server/contract/routes.ts";
import { type ApiError, noAnswer, toProblem } from "./problem.ts";

/** What a question or a command takes: by the contract of its route. */
export type AskOptions<Name extends RouteName> = {
  readonly signal?: AbortSignal;
  readonly idempotencyKey?: string; // the same key twice is the same command
} & Part<"params", ParamsOf<Name>> &
  Part<"query", QueryOf<Name>> &
  Part<"body", BodyOf<Name>>;

// A part whose every field may be left out may itself be left out.
type Part<Key extends string, Value> = Value extends undefined
  ? { readonly [K in Key]?: undefined }
  : Record<never, never> extends Value
    ? { readonly [K in Key]?: Value }
    : { readonly [K in Key]: Value };

type Fields = Readonly<Record<string, unknown>>;
type Scalars = Readonly<Record<string, string | number>>;

/**
 * Speaks to the server that served this page. After a command on a run, every question about that run waits until the
 * server has seen the command's own event (`min_position`): people read what they wrote.
 */
export class ApiClient {
  readonly #base: string;
  readonly #written = new Map<string, number>(); // by run: the newest event that this page caused

  /** `base` is the page's own path, with a slash at its end. */
  constructor(base: string) {
    this.#base = base;
  }

  /** @throws ApiError for every answer but a success */
  async ask<Name extends RouteName>(name: Name, options: AskOptions<Name>): Promise<AnswerOf<Name>> {
    const { method } = paths[name];
    const headers: Record<string, string> = method === "GET" ? {} : { "x-millrace-request": "1" };
    if (options.body !== undefined) headers["content-type"] = "application/json";
    if (options.idempotencyKey !== undefined) headers["idempotency-key"] = options.idempotencyKey;
    const init: RequestInit = { method, headers, credentials: "same-origin" };
    if (options.signal !== undefined) init.signal = options.signal;
    if (options.body !== undefined) init.body = JSON.stringify(options.body);
    const response = await this.#fetch(this.addressOf(name, options), init);
    const answer = await readBody(response);
    if (!response.ok) throw toProblem(response.status, answer);
    if (method !== "GET") this.#remember(answer);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- page and server are of one version, and share the types
    return answer as AnswerOf<Name>;
  }

  /** Where a route is, from the root of the server. */
  addressOf(
    name: RouteName,
    options: { readonly params?: object | undefined; readonly query?: object | undefined },
  ): string {
    const params = toScalars(options.params);
    const { path, method } = paths[name];
    const run = method === "GET" ? params["run"] : undefined;
    const least = run === undefined ? undefined : this.#written.get(String(run));
    const query = toQuery({ ...options.query, min_position: least });
    return `${this.#base}${fillPath(path, params).slice(1)}${query}`;
  }

  #remember(answer: unknown): void {
    if (typeof answer !== "object" || answer === null) return;
    const { run, position }: Fields = { ...answer };
    if (typeof run !== "string" || typeof position !== "number") return;
    this.#written.set(run, Math.max(position, this.#written.get(run) ?? 0));
  }

  async #fetch(address: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(address, init);
    } catch (error) {
      if (init.signal?.aborted === true) throw error; // nobody waits for it any more
      throw noAnswer(error);
    }
  }
}

/** An answer that is no JSON comes from something between us and the server; its status still counts. */
async function readBody(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === "") return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    if (response.ok) throw notJson(response.status);
    return null;
  }
}

function notJson(status: number): ApiError {
  return toProblem(status, {
    title: "Not an answer of Millrace",
    detail: "The answer is not JSON. Something between this page and the server answered in its place.",
  });
}

function toScalars(params: object | undefined): Scalars {
  return Object.fromEntries(Object.entries(params ?? {}).map(([name, value]) => [name, String(value)]));
}

function toQuery(parameters: Fields): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if ((typeof value === "string" && value !== "") || typeof value === "number") given.set(name, `${value}`);
  return given.size === 0 ? "" : `?${given.toString()}`;
}
