import { createHash, randomBytes } from "node:crypto";
import { EngineError } from "../../base/errors.ts";
import {
  type ApiKeyCard,
  noteApiKeyUse,
  readApiKey,
  readApiKeys,
  removeApiKey,
  writeApiKey,
} from "../../redis/access-store.ts";
import { newId } from "../../workers/ids.ts";
import type { Store } from "../../workers/settings.ts";
import type { ApiKeyRow } from "../contract/access.ts";
import type { Role } from "../contract/paths.ts";

export interface NewKey {
  readonly name: string;
  readonly role: Role;
  readonly by: string; // who makes it
  readonly expiresAt: number | null; // epoch ms; null = never
}

/** A key that was found by its text. */
export interface FoundKey {
  readonly card: ApiKeyCard;
  readonly hash: string;
}

const prefix = "millrace_"; // so that people, and programs that look for secrets in files, know one when they see it
const keyForm = /^millrace_[\w-]{43}$/;
const useEveryMs = 60_000;

type Place = Pick<Store, "redis" | "namespace">;

/** The keys of a namespace. A key is told once, when it is made; what is kept is its SHA-256. */
export class Keyring {
  readonly #store: Place;
  readonly #notedAt = new Map<string, number>(); // id -> epoch ms of the last time that its use was noted here

  constructor(store: Place) {
    this.#store = store;
  }

  /** @throws EngineError COMMAND_REFUSED when there is one of this name */
  async create({ name, role, by, expiresAt }: NewKey): Promise<ApiKeyRow & { readonly key: string }> {
    const { redis, namespace } = this.#store;
    if ((await this.list()).some((row) => row.name === name))
      throw new EngineError(
        "COMMAND_REFUSED",
        `There is a key of the name ${name}. Revoke it, or choose another name: each name stands for one key in the log.`,
      );
    const key = prefix + randomBytes(32).toString("base64url");
    const card = {
      id: newId().slice(-10).toLowerCase(),
      name,
      role,
      createdAt: Date.now(),
      createdBy: by,
      expiresAt,
    };
    await writeApiKey(redis, namespace.name, { hash: hashOf(key), card });
    return { ...card, usedAt: null, key };
  }

  /** Newest first. */
  async list(): Promise<readonly ApiKeyRow[]> {
    const { redis, namespace } = this.#store;
    const kept = await readApiKeys(redis, namespace.name);
    return kept
      .map(({ card, usedAt }) => ({ ...card, usedAt }))
      .sort((one, other) => other.createdAt - one.createdAt);
  }

  /** By id or name, at once and everywhere. @returns false when there is none */
  async revoke(reference: string): Promise<boolean> {
    const { redis, namespace } = this.#store;
    const kept = await readApiKeys(redis, namespace.name);
    const found = kept.find(({ card }) => card.id === reference || card.name === reference);
    return found !== undefined && removeApiKey(redis, namespace.name, found);
  }

  /** null = there is no such key, or its time is over. */
  async find(key: string): Promise<FoundKey | null> {
    return keyForm.test(key) ? this.findByHash(hashOf(key)) : null;
  }

  async findByHash(hash: string): Promise<FoundKey | null> {
    const { redis, namespace } = this.#store;
    const card = await readApiKey(redis, namespace.name, hash);
    if (card === null || (card.expiresAt !== null && card.expiresAt <= Date.now())) return null;
    await this.#noteUse(card.id);
    return { card, hash };
  }

  async #noteUse(id: string): Promise<void> {
    const at = Date.now();
    if (at - (this.#notedAt.get(id) ?? 0) < useEveryMs) return;
    this.#notedAt.set(id, at);
    const { redis, namespace } = this.#store;
    await noteApiKeyUse(redis, namespace.name, { id, at });
  }
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
