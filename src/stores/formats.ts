import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { EngineError } from "../base/errors.ts";
import type { ResultFormat } from "../engine/result-plan.ts";
import { decodeValue, encodeValue } from "../events/codec.ts";
import { fromJsonText, toJsonText } from "./json-values.ts";

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** Ends of the names of files and objects, by how they are written. */
export const suffixes: Readonly<Record<ResultFormat, string>> = {
  msgpack: ".msgpack",
  json: ".json",
  "compressed/msgpack": ".msgpack.gz",
  "compressed/json": ".json.gz",
};

export function isFormat(text: string): text is ResultFormat {
  return text in suffixes;
}

/** A recorded value (its msgpack bytes) as it is stored. */
export async function toStored(format: ResultFormat, bytes: Uint8Array, what: string): Promise<Uint8Array> {
  const plain = format.endsWith("json") ? Buffer.from(toJsonText(decodeValue(bytes, what))) : bytes;
  return format.startsWith("compressed/") ? compress(plain) : plain;
}

/** The msgpack bytes of a stored value. @throws EngineError EVENT_UNREADABLE when it is damaged */
export async function fromStored(format: ResultFormat, stored: Uint8Array): Promise<Uint8Array> {
  const plain = format.startsWith("compressed/") ? await expanded(stored) : stored;
  return format.endsWith("json") ? encodeValue(fromJsonText(Buffer.from(plain).toString())) : plain;
}

async function expanded(stored: Uint8Array): Promise<Uint8Array> {
  try {
    return await expand(stored);
  } catch (error) {
    throw new EngineError("EVENT_UNREADABLE", "A stored value cannot be expanded; it is damaged.", {}, error);
  }
}
