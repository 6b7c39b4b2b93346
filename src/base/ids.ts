import { hashText } from "./hash.ts";

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // Crockford's base 32, as in ULID

/** A ULID: 26 characters that sort by time. `random` holds at least 10 bytes of chance. */
export function toUlid(timeMs: number, random: Uint8Array): string {
  let rest = timeMs;
  let time = "";
  for (let index = 0; index < 10; index += 1) {
    time = alphabet.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  return time + toBase32(random, 16);
}

/** When a ULID was made, in epoch ms; null = it is none. */
export function timeOfUlid(ulid: string): number | null {
  if (!/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(ulid)) return null;
  let time = 0;
  for (let index = 0; index < 10; index += 1) time = time * 32 + alphabet.indexOf(ulid.charAt(index));
  return time;
}

/** `length` characters of base 32 from `random`; 5 bits each. */
export function toBase32(random: Uint8Array, length: number): string {
  let text = "";
  let bits = 0;
  let buffer = 0;
  for (const byte of random) {
    buffer = ((buffer & 0x1f) << 8) | byte;
    bits += 8;
    while (bits >= 5 && text.length < length) {
      bits -= 5;
      text += alphabet.charAt((buffer >> bits) & 31);
    }
  }
  return text;
}

const runIdPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** A run's id is safe in keys, job ids, URLs and shells: letters, digits, `_`, `-`; at most 64. */
export function isRunId(text: string): boolean {
  return runIdPattern.test(text);
}

/** The shard that holds a run: a function of its id alone, so whoever knows the id finds the run. */
export function shardOf(runId: string, shards: number): number {
  return shards === 1 ? 0 : hashText(runId) % shards;
}
