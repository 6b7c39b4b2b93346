import { useLiveStatus } from "../live/use-live.ts";

const looks = {
  off: { color: "var(--ink-faint)", text: "idle", about: "No screen asks for news at the moment." },
  connecting: {
    color: "var(--state-scheduled)",
    text: "connecting",
    about: "The stream of news is being opened.",
  },
  live: { color: "var(--state-completed)", text: "live", about: "News come as they are recorded." },
  reconnecting: {
    color: "var(--state-scheduled)",
    text: "reconnecting",
    about: "The stream of news broke off. Nothing is lost: it goes on where it stopped.",
  },
} as const;

/** Whether what is on the screen is the present. */
export function LiveDot() {
  const { state, delayMs } = useLiveStatus();
  const { color, text, about } = looks[state];
  const delay = state === "live" && delayMs !== null && delayMs < 10_000 ? ` ${delayMs} ms` : "";
  return (
    <span role="status" title={about} className="flex items-center gap-1.5 text-xs text-soft">
      <svg aria-hidden width="8" height="8" viewBox="0 0 8 8" className="mark" style={{ color }}>
        {state === "live" ? (
          <circle cx="4" cy="4" r="4" fill="currentColor" />
        ) : (
          <circle cx="4" cy="4" r="3" fill="none" stroke="currentColor" strokeWidth="2" />
        )}
      </svg>
      <span className="max-sm:sr-only">{text}</span>
      <span aria-hidden>{delay}</span>
    </span>
  );
}
