/** One entry of a live frame; which fields it has besides depends on its topic. */
export interface LiveItem {
  readonly topic: string;
  readonly [field: string]: unknown;
}

/** How the stream of this browser is: `off` = nobody asked for anything yet. */
export type LiveState = "off" | "connecting" | "live" | "reconnecting";

/** What a page says to the hub. A page says again now and then what it wants: silence means that it is gone. */
export type ToHub =
  | { readonly kind: "want"; readonly client: string; readonly topics: readonly string[] }
  | { readonly kind: "bye"; readonly client: string };

/** What the hub tells every page. */
export type FromHub =
  | { readonly kind: "items"; readonly items: readonly LiveItem[] }
  | { readonly kind: "state"; readonly state: LiveState }
  | { readonly kind: "reset" } // something may have been missed: ask again for everything
  | { readonly kind: "hello" }; // a hub begins: say what you want

/** A page's line to the hub, wherever the hub lives. */
export interface Line {
  send(message: ToHub): void;
  listen(hear: (message: FromHub) => void): void;
}

export function isToHub(value: unknown): value is ToHub {
  return typeof value === "object" && value !== null && "kind" in value && "client" in value;
}

export function isFromHub(value: unknown): value is FromHub {
  return typeof value === "object" && value !== null && "kind" in value && !("client" in value);
}
