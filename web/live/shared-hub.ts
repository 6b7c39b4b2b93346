/** The hub in a SharedWorker: one for all pages of this browser that show the same server. */
import { LiveHub } from "./hub.ts";
import { type FromHub, isToHub } from "./messages.ts";
import { eventSource, longPoll } from "./open-source.ts";

// The worker's name says which server, and how to hear it: "/base/" or "poll /base/".
const [base = "/", mode = ""] = self.name.split(" ").toReversed();
const ports = new Set<MessagePort>();

const hub = new LiveHub({
  open: mode === "poll" ? longPoll(base) : eventSource(base),
  tell: (message) => {
    for (const port of ports) port.postMessage(message);
  },
  later: (action, ms) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
  now: () => Date.now(),
});

self.addEventListener("connect", (event) => {
  const port = event instanceof MessageEvent ? event.ports[0] : undefined;
  if (port === undefined) return;
  ports.add(port);
  port.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (!isToHub(data)) return;
    if (data.kind === "bye") ports.delete(port);
    else ports.add(port); // a page that went to the browser's back-forward cache and came back
    hub.hear(data);
  });
  port.start();
  port.postMessage({ kind: "hello" } satisfies FromHub);
});
