import { fingerprint } from "../base/recordable.ts";
import { toError } from "../base/recorded-error.ts";
import type { FlowSpec } from "../engine/specs.ts";
import { decodeValue, encodeValue } from "../events/codec.ts";

/** The validated input of a run, or why it is not valid. */
export type CheckedInput =
  | { readonly ok: true; readonly value: unknown; readonly bytes: Uint8Array | null } // null = the same as given
  | { readonly ok: false; readonly error: Error };

/** Validates what was given, and keeps the result where it differs: defaults may depend on the time. */
export async function checkInput(spec: FlowSpec, given: unknown): Promise<CheckedInput> {
  try {
    const value = await spec.parse(given);
    const isSame = fingerprint(value, "The parameters") === fingerprint(given, "The parameters");
    const bytes = isSame ? null : encodeValue(value);
    return { ok: true, value: bytes === null ? value : decodeValue(bytes, "The parameters"), bytes };
  } catch (error) {
    return { ok: false, error: toError(error) };
  }
}
