import { z } from "zod";
import type { RecordedError } from "../base/recorded-error.ts";

/**
 * A recorded value: its msgpack bytes, or, above the inline limit, where they lie in the payload store
 * (SHA-256 in hex, size in bytes).
 */
export type Payload = Uint8Array | readonly [sha256: string, sizeBytes: number];

export const PayloadField: z.ZodType<Payload> = z.union([
  z.instanceof(Uint8Array),
  z.tuple([z.string(), z.int().nonnegative()]).readonly(),
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
