import type { z } from "zod";
import type { Duration } from "../base/durations.ts";
import { CallSites } from "./call-site.ts";
import { flowContext } from "./context.ts";
import { toJsonSchema } from "./json-schema.ts";
import { noteSignal } from "./registry.ts";
import { withTimeout } from "./scopes.ts";
import { checkName } from "./task-options.ts";

/** A message to a running flow, with a name and a shape. */
export interface Signal<Sent = unknown, Received = Sent> {
  readonly name: string;
  readonly schema: z.ZodType<Received, Sent> | null; // null = anything that can be recorded
  /**
   * Waits for the next signal of this name; one that was sent before counts, and each is received once. What does not
   * fit the schema is logged and passed over.
   * @throws EngineError CALL_TIMED_OUT, CALL_CANCELLED; COMMAND_REFUSED outside of a flow
   */
  receive(options?: { readonly timeout?: Duration }): Promise<Received>;
  /** Every signal of this name, one after the other, for ever. */
  [Symbol.asyncIterator](): AsyncGenerator<Received, never, void>;
}

const sites = new CallSites();

/** Declares a signal: `const approval = signal("approval", z.object({ by: z.string() }))`. */
export function signal(name: string): Signal<unknown, unknown>;
export function signal<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
): Signal<z.input<Schema>, z.output<Schema>>;
export function signal(name: string, schema: z.ZodType | null = null): Signal<unknown, unknown> {
  checkName("signal", name);
  noteSignal(name, schema);
  const wait = new SignalWait(name, schema, null);
  const receive = async ({ timeout }: { readonly timeout?: Duration } = {}): Promise<unknown> =>
    wait.receive(sites.find(receive), timeout);
  return {
    name,
    schema,
    receive,
    async *[Symbol.asyncIterator]() {
      for (;;) yield await wait.receive(null, undefined);
    },
  };
}

export interface InputOptions {
  readonly prompt?: string; // what the person is asked
  readonly name?: string; // tells several questions of one run apart; default "input"
  readonly timeout?: Duration; // default: for ever
}

/**
 * Pauses the run until a person (or a program) gives it the input that it asks for; the form is the schema. The run is
 * shown as Paused, and costs nothing meanwhile.
 * @throws EngineError CALL_TIMED_OUT, CALL_CANCELLED; COMMAND_REFUSED outside of a flow
 */
export async function waitForInput<Schema extends z.ZodType>(
  schema: Schema,
  options: InputOptions = {},
): Promise<z.output<Schema>> {
  const { prompt = "Waiting for input", name = "input", timeout } = options;
  checkName("signal", name);
  const input = await new SignalWait(name, schema, prompt).receive(sites.find(waitForInput), timeout);
  // The schema has made it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return input as z.output<Schema>;
}

class SignalWait {
  readonly #name: string;
  readonly #schema: z.ZodType | null;
  readonly #prompt: string | null;
  #form: string | null = null;

  constructor(name: string, schema: z.ZodType | null, prompt: string | null) {
    this.#name = name;
    this.#schema = schema;
    this.#prompt = prompt;
  }

  async receive(site: string | null, timeout: Duration | undefined): Promise<unknown> {
    if (timeout === undefined) return this.#next(site);
    return withTimeout(timeout, async () => this.#next(site));
  }

  async #next(site: string | null): Promise<unknown> {
    for (;;) {
      const { execution, scope, log } = flowContext(`signal ${this.#name}.receive()`);
      const form = execution.replaying ? null : this.#toForm();
      const key = scope.next(this.#name);
      const call = { kind: "signal", key, name: this.#name, site, form, prompt: this.#prompt } as const;
      const payload = await execution.call(call, scope);
      if (this.#schema === null) return payload;
      const parsed = await this.#schema.safeParseAsync(payload);
      if (parsed.success) return parsed.data;
      log.warn(
        `A signal "${this.#name}" does not fit its schema, and was passed over: ${parsed.error.message}`,
      );
    }
  }

  #toForm(): string | null {
    const json = this.#form === null ? toJsonSchema(this.#schema) : null;
    this.#form ??= json === null ? null : JSON.stringify(json);
    return this.#form;
  }
}
