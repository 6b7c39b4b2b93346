import type { IncomingHttpHeaders } from "node:http";
import { EngineError } from "../../base/errors.ts";
import {
  countAttempt,
  endSession,
  forgiveAttempt,
  isSessionEnded,
  readSecret,
} from "../../redis/access-store.ts";
import { newId } from "../../workers/ids.ts";
import type { Store } from "../../workers/settings.ts";
import type { Access, Asking, Who } from "./access.ts";
import type { FoundKey, Keyring } from "./keyring.ts";
import { type Proof, proofIn } from "./proofs.ts";
import { isSame, proofOf, readSession, type Session, writeSession } from "./sessions.ts";
import { findUser, type User } from "./users.ts";

export interface GatekeeperOptions {
  readonly store: Pick<Store, "redis" | "namespace">;
  readonly keyring: Keyring;
  readonly users: readonly User[] | null; // null = nobody has a password; keys are taken in any case
  readonly now?: () => number;
}

export type Credentials = { readonly user: string; readonly password: string } | { readonly key: string };

export interface Pass {
  readonly who: Who;
  readonly cookie: string; // what it holds
  readonly expiresAt: number; // epoch ms
}

const sessionMs = 12 * 3_600_000;
const windowMs = 60_000;
const mostAttempts = 10; // wrong passwords of one address within the window

/** Lets in who has a key, a password, or a session that one of them has begun. What may be guessed is counted. */
export class Gatekeeper implements Access {
  readonly mode: "basic" | "keys";
  readonly cookieName: string;
  readonly #options: GatekeeperOptions;
  readonly #now: () => number;
  #secret: Promise<string> | null = null;

  constructor(options: GatekeeperOptions) {
    const { users, store, now = () => Date.now() } = options;
    this.mode = users === null ? "keys" : "basic";
    this.cookieName = `millrace_${store.namespace.name}`; // cookies do not tell ports apart, and servers share a machine
    this.#options = options;
    this.#now = now;
  }

  /** Browsers add cookies and passwords by themselves; a key is there because somebody put it there. */
  isExplicit(headers: IncomingHttpHeaders): boolean {
    return proofIn(headers, this.cookieName).kind === "key";
  }

  async identify({ headers, ip }: Asking): Promise<Who | null> {
    const proof = proofIn(headers, this.cookieName);
    switch (proof.kind) {
      case "none":
        return null;
      case "key":
        return toKeyHolder(await this.#needKey(proof.key));
      case "password":
        return toPerson(await this.#needUser(proof, ip));
      case "session":
        return this.#whoseSession(proof.text);
    }
  }

  /** @throws EngineError NOT_AUTHENTICATED, TOO_MANY_REQUESTS */
  async signIn(credentials: Credentials, ip: string): Promise<Pass> {
    const secret = await this.#getSecret();
    const until = this.#now() + sessionMs;
    if ("key" in credentials) {
      const found = await this.#needKey(credentials.key);
      const expiresAt = Math.min(until, found.card.expiresAt ?? until);
      const session: Session = { id: newId(), of: { key: found.hash }, proof: "", until: expiresAt };
      return { who: toKeyHolder(found), cookie: writeSession(session, secret), expiresAt };
    }
    const user = await this.#needUser(credentials, ip);
    const proof = proofOf(user.password, secret);
    const session: Session = { id: newId(), of: { user: user.name }, proof, until };
    return { who: toPerson(user), cookie: writeSession(session, secret), expiresAt: until };
  }

  /** Ends the session of the cookie everywhere, if there is one. */
  async signOut(headers: IncomingHttpHeaders): Promise<void> {
    const proof = proofIn({ ...headers, authorization: undefined }, this.cookieName);
    if (proof.kind !== "session") return;
    const session = await this.#readSession(proof.text);
    if (session === null) return;
    const { redis, namespace } = this.#options.store;
    await endSession(redis, namespace.name, { session: session.id, forMs: session.until - this.#now() });
  }

  async #needKey(key: string): Promise<FoundKey> {
    const found = await this.#options.keyring.find(key);
    if (found !== null) return found;
    throw new EngineError("NOT_AUTHENTICATED", "This key is not known here, or its time is over.");
  }

  async #needUser(
    given: Extract<Proof, { kind: "password" }> | Extract<Credentials, { user: string }>,
    ip: string,
  ) {
    const { redis, namespace } = this.#options.store;
    const attempts = await countAttempt(redis, namespace.name, { who: ip, windowMs });
    if (attempts > mostAttempts)
      throw new EngineError(
        "TOO_MANY_REQUESTS",
        "Too many wrong passwords came from your address. Wait a minute.",
      );
    const user = findUser(this.#options.users ?? [], given.user, given.password);
    if (user === null)
      throw new EngineError("NOT_AUTHENTICATED", "There is nobody of this name with this password.");
    await forgiveAttempt(redis, namespace.name, ip);
    return user;
  }

  async #whoseSession(text: string): Promise<Who | null> {
    const session = await this.#readSession(text);
    if (session === null) return null;
    const { redis, namespace } = this.#options.store;
    if (await isSessionEnded(redis, namespace.name, session.id)) return null;
    const { of, proof } = session;
    if ("key" in of) {
      const found = await this.#options.keyring.findByHash(of.key);
      return found === null ? null : toKeyHolder(found);
    }
    const user = this.#options.users?.find(({ name }) => name === of.user);
    if (user === undefined || !isSame(proof, proofOf(user.password, await this.#getSecret()))) return null;
    return toPerson(user);
  }

  async #readSession(text: string): Promise<Session | null> {
    return readSession(text, await this.#getSecret(), this.#now());
  }

  /** Read again after a failure, and never while it is known. */
  async #getSecret(): Promise<string> {
    const { redis, namespace } = this.#options.store;
    this.#secret ??= readSecret(redis, namespace.name);
    try {
      return await this.#secret;
    } catch (error) {
      this.#secret = null;
      throw error;
    }
  }
}

function toKeyHolder({ card }: FoundKey): Who {
  return { actor: `key:${card.name}`, role: card.role };
}

function toPerson({ name, role }: User): Who {
  return { actor: `user:${name}`, role };
}
