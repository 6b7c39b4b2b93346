import type { OpenSource } from "./hub.ts";
import type { LiveItem } from "./messages.ts";

/** Streams of `GET /api/live`. The browser resumes a broken one by itself, with the id of the last frame. */
export function eventSource(base: string): OpenSource {
  return ({ topics, since }, events) => {
    const source = new EventSource(`${base}api/live?${question(topics, since)}`);
    source.addEventListener("open", () => events.opened());
    source.addEventListener("batch", ({ data, lastEventId }: MessageEvent<string>) =>
      events.batch(lastEventId || null, readItems(data)),
    );
    source.addEventListener("reset", ({ lastEventId }: MessageEvent<string>) =>
      events.reset(lastEventId || null),
    );
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) events.lost();
      else events.retrying();
    });
    return () => source.close();
  };
}

/** The same frames by long poll, for networks whose proxies hold streams back. */
export function longPoll(base: string): OpenSource {
  return ({ topics, since }, events) => {
    const stop = new AbortController();
    const poll = async (): Promise<void> => {
      let cursor = since;
      let isOpen = false;
      while (!stop.signal.aborted) {
        const url = `${base}api/live/poll?${question(topics, cursor)}`;
        const response = await fetch(url, { signal: stop.signal, credentials: "same-origin" });
        if (!response.ok) throw new Error(`status ${response.status}`);
        const { id, event, data } = readPolled(await response.json());
        if (!isOpen) events.opened();
        isOpen = true;
        cursor = id ?? cursor;
        if (event === "reset") events.reset(cursor);
        else if (data.length > 0) events.batch(cursor, data);
      }
    };
    poll().catch(() => {
      if (!stop.signal.aborted) events.lost();
    });
    return () => stop.abort();
  };
}

function question(topics: readonly string[], since: string | null): string {
  const parameters = new URLSearchParams({ topics: topics.join(",") });
  if (since !== null) parameters.set("since", since);
  return parameters.toString();
}

/** A frame that cannot be read is no reason to stop: the pages ask again on the next reset. */
function readItems(text: string): readonly LiveItem[] {
  try {
    return toItems(JSON.parse(text));
  } catch {
    return [];
  }
}

function readPolled(answer: unknown): { id: string | null; event: string; data: readonly LiveItem[] } {
  const { id, event, data } = Object.fromEntries(Object.entries(Object(answer)));
  return {
    id: typeof id === "string" ? id : null,
    event: typeof event === "string" ? event : "batch",
    data: toItems(data),
  };
}

function toItems(value: unknown): readonly LiveItem[] {
  return Array.isArray(value) ? value.filter(isItem) : [];
}

function isItem(value: unknown): value is LiveItem {
  return typeof value === "object" && value !== null && "topic" in value && typeof value.topic === "string";
}
