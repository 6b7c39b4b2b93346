/** What a start says besides the flow and its input. */
export interface StartOptions {
  readonly name: string; // "" = friendly words
  readonly queue: string; // "" = the one that workers serve
  readonly tags: readonly string[];
  readonly key: string; // idempotency key; "" = none
  readonly startAt: number | null; // epoch ms; null = at once
}

export const noOptions: StartOptions = { name: "", queue: "", tags: [], key: "", startAt: null };

/** The body of `POST /api/runs`; what is not said is not in it. */
export function toStart(flow: string, input: unknown, options: StartOptions) {
  const { name, queue, tags, key, startAt } = options;
  return {
    flow,
    ...(input === undefined ? {} : { input }),
    ...(name === "" ? {} : { name }),
    ...(queue === "" ? {} : { queue }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(key === "" ? {} : { idempotencyKey: key }),
    ...(startAt === null ? {} : { startAt }),
  };
}

/** The same start as a command line. */
export function toCli(flow: string, input: unknown, options: StartOptions): string {
  const { name, queue, tags, key, startAt } = options;
  return [
    `millrace start ${quoted(flow)}`,
    ...(input === undefined ? [] : [`--input ${quoted(JSON.stringify(input))}`]),
    ...(name === "" ? [] : [`--name ${quoted(name)}`]),
    ...(queue === "" ? [] : [`--queue ${quoted(queue)}`]),
    ...tags.map((tag) => `--tag ${quoted(tag)}`),
    ...(key === "" ? [] : [`--key ${quoted(key)}`]),
    ...(startAt === null ? [] : [`--at ${new Date(startAt).toISOString()}`]),
  ].join(" ");
}

/** The same start as a request to the server at `origin`. */
export function toCurl(origin: string, body: object): string {
  return [
    `curl -X POST ${quoted(`${origin}api/runs`)}`,
    "-H 'content-type: application/json' -H 'x-millrace-request: 1'",
    `-d ${quoted(JSON.stringify(body))}`,
  ].join(" \\\n  ");
}

/** A word of a POSIX shell, whatever is in it. */
function quoted(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
