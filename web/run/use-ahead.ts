import { useCallback, useEffect, useState } from "react";

const settleMs = 200; // browsers allow few changes of the address; who drags makes many

/**
 * A value that the address knows, and that this page may be ahead of while somebody drags: it is written once the hand
 * rests. Null is a value like any other.
 */
export function useAhead<Value extends string | number | null>(
  known: Value,
  write: (value: Value) => void,
): readonly [Value, (value: Value) => void] {
  const [ahead, setAhead] = useState<{ readonly value: Value } | null>(null);
  // Once the address has caught up, it is the one to follow again: somebody may go back in it.
  if (ahead !== null && ahead.value === known) setAhead(null);
  useEffect(() => {
    if (ahead === null || ahead.value === known) return;
    const timer = setTimeout(() => write(ahead.value), settleMs);
    return () => clearTimeout(timer);
  }, [ahead, known, write]);
  const set = useCallback((value: Value) => setAhead({ value }), []);
  return [ahead === null ? known : ahead.value, set];
}
