import { useState } from "react";
import { recall, remember } from "../ui/preferences.ts";
import { type Arrangement, readArrangement } from "./column-arrangement.ts";

const key = "runs.columns";

/** The reader's choice, kept in this browser. */
export function useArrangement() {
  const [arrangement, setArrangement] = useState(() => readArrangement(recall(key)));
  const change = (next: Arrangement): void => {
    remember(key, JSON.stringify(next));
    setArrangement(next);
  };
  return { arrangement, change };
}
