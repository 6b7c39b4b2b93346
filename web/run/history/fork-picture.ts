import type { RunPicture } from "../../../src/projections/run-picture.ts";
import { type Fork, ForkedMap } from "./forked-map.ts";

/** A picture that is being folded further, and how to say that it is finished. */
export interface PictureFork {
  readonly picture: RunPicture;
  readonly close: () => void; // it is for reading from now on
}

/**
 * A copy of a picture that can be folded further while the original stays as it is. It knows no field of a picture by
 * name, so new ones are copied too; it relies on what every fold keeps: of a list, only the last item is changed, and no
 * object that changes lies in two places. Cheap: maps are layered, lists of pointers copied.
 */
export function forkPicture(original: RunPicture): PictureFork {
  const fork: Fork = { isOpen: true };
  return {
    picture: copyRecord(original, (value) => copyDeep(value, fork)),
    close: () => {
      fork.isOpen = false;
    },
  };
}

function copyDeep(value: unknown, fork: Fork): unknown {
  if (value instanceof Map) return ForkedMap.of<unknown, unknown>(value, fork, copyItem);
  if (Array.isArray(value)) return copyList(value);
  return isRecord(value) ? copyRecord(value, (field) => copyDeep(field, fork)) : value;
}

/** A value of a map, or the last item of a list: a record with lists in it at most. */
function copyItem(value: unknown): unknown {
  if (Array.isArray(value)) return copyList(value);
  if (!isRecord(value)) return value;
  return copyRecord(value, (field) => (Array.isArray(field) ? copyList(field) : field));
}

function copyList(list: readonly unknown[]): unknown[] {
  const copy = [...list];
  if (copy.length > 0) copy[copy.length - 1] = copyItem(copy.at(-1));
  return copy;
}

function copyRecord<Value extends object>(record: Value, copyField: (field: unknown) => unknown): Value {
  const copy = { ...record };
  for (const field in copy) {
    const value = copy[field];
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a copy of a field has the type of the field
    if (typeof value === "object" && value !== null) copy[field] = copyField(value) as typeof value;
  }
  return copy;
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
