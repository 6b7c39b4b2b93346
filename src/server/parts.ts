import type { RedisPresence } from "../redis/presence.ts";
import type { Client } from "../workers/client.ts";
import type { Exporter } from "../workers/exporter.ts";
import type { Store } from "../workers/settings.ts";
import type { Access } from "./access/access.ts";
import type { Refusal } from "./access/admit.ts";
import type { Keyring } from "./access/keyring.ts";
import type { Rebuilds } from "./log/rebuilds.ts";
import type { OperationOffice } from "./operations/office.ts";
import type { PictureShelf } from "./runs/picture-shelf.ts";
import type { StoryShelf } from "./runs/story-shelf.ts";

/** What the routes of a server work with. */
export interface ServerParts {
  readonly store: Store;
  readonly client: Client; // on behalf of nobody: each request has its own, see `Client.as`
  readonly presence: RedisPresence;
  readonly access: Access;
  readonly keyring: Keyring;
  readonly exporter: Exporter;
  readonly operations: OperationOffice;
  readonly rebuilds: Rebuilds;
  readonly pictures: PictureShelf;
  readonly stories: StoryShelf;
  readonly host: string; // that it is bound to
  readonly basePath: string; // "" = none
  readonly webRoot: string | null; // directory of the built user interface; null = it is not built
  readonly links: { readonly grafana: string | null; readonly trace: string | null };
  readonly version: string;
  readonly isStopping: () => boolean;
  readonly onRefusal: (refusal: Refusal) => void;
  readonly onTrouble: (error: unknown) => void;
}
