/** A run that somebody wants to start again, in words of a shell. */
export interface Launch {
  readonly flow: string;
  readonly input: unknown;
  readonly queue: string;
  readonly tags: readonly string[];
}

/** The start of a run as a command line. */
export function asCli({ flow, input, queue, tags }: Launch): string {
  const options = [
    ...(input === null || input === undefined ? [] : [`--input ${quote(JSON.stringify(input))}`]),
    `--queue ${quote(queue)}`,
    ...tags.map((tag) => `--tag ${quote(tag)}`),
  ];
  return `millrace start ${quote(flow)} ${options.join(" ")}`;
}

/** The same as a call of the API at its address. */
export function asCurl(address: string, { flow, input, queue, tags }: Launch): string {
  const body = JSON.stringify({
    flow,
    ...(input === undefined || input === null ? {} : { input }),
    queue,
    tags,
  });
  return [
    `curl -X POST ${quote(address)}`,
    "-H 'content-type: application/json'",
    "-H 'x-millrace-request: 1'",
    `-d ${quote(body)}`,
  ].join(" \\\n  ");
}

/** For a POSIX shell: nothing in it means anything. */
export function quote(text: string): string {
  return /^[\w./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
