import { z } from "zod";
import type { RecordedError } from "../base/recorded-error.ts";

/**
 * A recorded value: its msgpack bytes, or, above the inline limit, the SHA-256 in hex and the size of what lies in the
 * payload store. Without a place that is the value's msgpack bytes in Redis, beside the run; a place says how it was
 * written and where: "json file:///srv/results".
 */
export type Payload =
  | Uint8Array
  | readonly [sha256: string, sizeBytes: number]
  | readonly [sha256: string, sizeBytes: number, place: string];

/** Whether a value lies outside of Redis; such a one belongs to no run, and every run may refer to it. */
export function isElsewhere(payload: Payload): boolean {
  return !(payload instanceof Uint8Array) && payload.length === 3 && !payload[2].endsWith(" redis");
}

export const PayloadField: z.ZodType<Payload> = z.union([
  z.instanceof(Uint8Array),
  z.tuple([z.string(), z.int().nonnegative()]).readonly(),
  z.tuple([z.string(), z.int().nonnegative(), z.string()]).readonly(),
]);

const errorFields = {
  name: z.string(),
  message: z.string(),
  stack: z.string().nullable(),
  code: z.union([z.string(), z.number()]).nullable(),
};

export const ErrorField: z.ZodType<RecordedError> = z.object({
  ...errorFields,
  causes: z.array(z.object(errorFields)).readonly(),
});

export const Count = z.int().nonnegative();
export const EpochMs = z.int().nonnegative();
