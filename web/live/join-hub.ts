import { LiveHub } from "./hub.ts";
import { type FromHub, isFromHub, isToHub, type Line, type ToHub } from "./messages.ts";
import { eventSource, longPoll } from "./open-source.ts";

/**
 * This page's line to the one hub of the browser: in a SharedWorker; where there are none (phones), in the page that
 * holds a lock; where there are no locks either (plain http on another host), in each page by itself.
 */
export function joinHub(base: string, isPolling: boolean): Line {
  if (typeof SharedWorker !== "undefined") return workerLine(base, isPolling);
  if (typeof BroadcastChannel !== "undefined" && isSecureContext) return channelLine(base, isPolling);
  return ownLine(base, isPolling);
}

function workerLine(base: string, isPolling: boolean): Line {
  const name = isPolling ? `poll ${base}` : base;
  const { port } = new SharedWorker(new URL("./shared-hub.ts", import.meta.url), { type: "module", name });
  return {
    send: (message) => port.postMessage(message),
    listen: (hear) => {
      port.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
        if (isFromHub(data)) hear(data);
      });
      port.start();
    },
  };
}

function channelLine(base: string, isPolling: boolean): Line {
  const name = `millrace-live ${base}`;
  const channel = new BroadcastChannel(name);
  void navigator.locks.request(name, async () => lead(name, base, isPolling));
  return {
    send: (message) => channel.postMessage(message),
    listen: (hear) => {
      channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
        if (isFromHub(data)) hear(data);
      });
    },
  };
}

/** Keeps the hub for all pages as long as this page lives: the promise, and so the lock, never ends before it. */
async function lead(name: string, base: string, isPolling: boolean): Promise<never> {
  const channel = new BroadcastChannel(name); // another than the page's own: a channel does not hear itself
  const hub = createHub(base, isPolling, (message) => channel.postMessage(message));
  channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (isToHub(data)) hub.hear(data);
  });
  return new Promise<never>(() => undefined);
}

function ownLine(base: string, isPolling: boolean): Line {
  let hear: (message: FromHub) => void = () => undefined;
  const hub = createHub(base, isPolling, (message) => hear(message));
  return {
    send: (message: ToHub) => hub.hear(message),
    listen: (listener) => {
      hear = listener;
    },
  };
}

function createHub(base: string, isPolling: boolean, tell: (message: FromHub) => void): LiveHub {
  return new LiveHub({
    open: isPolling ? longPoll(base) : eventSource(base),
    tell,
    later: (action, ms) => {
      const timer = setTimeout(action, ms);
      return () => clearTimeout(timer);
    },
    now: () => Date.now(),
  });
}
