import { useEffect, useEffectEvent, useSyncExternalStore } from "react";
import { useServices } from "../api/context.tsx";
import type { LiveStatus } from "./live-store.ts";
import type { LiveItem } from "./messages.ts";

/** Hears a topic while the component is shown; null = nothing to hear yet. */
export function useLive(topic: string | null, hear: (item: LiveItem) => void): void {
  const { live } = useServices();
  const onItem = useEffectEvent(hear);
  useEffect(
    () => (topic === null ? undefined : live.subscribe(topic, (item) => onItem(item))),
    [live, topic],
  );
}

/** Calls `action` when events may have been missed. */
export function useLiveReset(action: () => void): void {
  const { live } = useServices();
  const onReset = useEffectEvent(action);
  useEffect(() => live.onReset(() => onReset()), [live]);
}

export function useLiveStatus(): LiveStatus {
  const { live } = useServices();
  return useSyncExternalStore(live.watchStatus, live.status);
}
