/** What a client gets at once: a batch of news, or the word that it has missed some. */
export interface Frame {
  readonly id: string; // cursor
  readonly event: "batch" | "reset";
  readonly data: string; // JSON: a list with one entry for each topic
}

/** A piece of news, written as JSON once for all clients. */
export interface Piece {
  readonly json: string;
  readonly bytes: number;
}

export function toPiece(value: unknown): Piece {
  const json = JSON.stringify(value);
  return { json, bytes: Buffer.byteLength(json) };
}

export function writeFrame({ id, event, data }: Frame): string {
  return `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`;
}
