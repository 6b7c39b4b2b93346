import { hashText } from "../base/hash.ts";

/**
 * What errors have in common that differ only in ids, numbers and addresses: 8 hex digits or so. One outage is one
 * fingerprint.
 */
export function fingerprintOf(error: string): string {
  return hashText(normalised(error)).toString(36);
}

function normalised(error: string): string {
  return error
    .replaceAll(/\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/gi, "#")
    .replaceAll(/\b(?:0x)?(?=[a-f]*\d)[\da-f]{8,}\b/gi, "#")
    .replaceAll(/\b(?=[A-Z]*\d)[\dA-HJKMNP-TV-Z]{20,}\b/g, "#") // ULIDs and the like
    .replaceAll(/\d+/g, "#")
    .replaceAll(/\s+/g, " ")
    .trim();
}
