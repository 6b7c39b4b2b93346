import { ApiKeys, CreatedKey, CreateKey, Session, SignedIn, SignIn } from "./access.ts";
import { LiveFrame, LiveQuery, PollQuery } from "./live.ts";
import { Acknowledged, Gone } from "./log.ts";
import type { OwnRouteName } from "./own-paths.ts";
import { id, plain, type Shape } from "./shape.ts";

/** The schemas of `ownPaths`. */
export const ownRoutes = {
  live: {
    ...plain,
    group: "runs",
    about: "What happens, as it happens: a stream of server-sent events, each of this form.",
    query: LiveQuery,
    answer: LiveFrame,
  },
  poll: {
    ...plain,
    group: "runs",
    about: "The next frame of the stream, for networks that hold streams back.",
    query: PollQuery,
    answer: LiveFrame,
  },
  session: { ...plain, group: "settings", about: "Who asks, and how to sign in.", answer: Session },
  signIn: {
    ...plain,
    group: "settings",
    about: "Signs in with a password or a key; the answer sets a cookie.",
    body: SignIn,
    answer: SignedIn,
  },
  signOut: { ...plain, group: "settings", about: "Ends the session of the cookie.", answer: Acknowledged },
  keys: {
    ...plain,
    group: "settings",
    about: "Keys of the API, without the keys themselves.",
    answer: ApiKeys,
  },
  createKey: {
    ...plain,
    group: "settings",
    about: "Makes a key; this answer is the only place where it stands.",
    body: CreateKey,
    answer: CreatedKey,
    status: 201,
  },
  revokeKey: { ...plain, group: "settings", about: "Takes a key back, at once.", params: id, answer: Gone },
} as const satisfies Readonly<Record<OwnRouteName, Shape>>;

export type OwnRoutes = typeof ownRoutes;
