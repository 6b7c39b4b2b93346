import { createHash } from "node:crypto";
import { EngineError, isEngineError } from "../base/errors.ts";
import type { ResultFormat, ResultPlace, ResultPlan } from "../engine/result-plan.ts";
import type { PayloadStore } from "../engine/run-log.ts";
import { isElsewhere, type Payload } from "../events/fields.ts";
import { findS3Place } from "../sdk/result-options.ts";
import type { BlobStore } from "./blob-store.ts";
import { DirectoryStore } from "./directory-store.ts";
import { fromStored, isFormat, suffixes, toStored } from "./formats.ts";
import { S3Store, s3PlaceOf } from "./s3-store.ts";

function isInline(payload: Payload): payload is Uint8Array {
  return payload instanceof Uint8Array;
}

/** A recorded value that is not part of the log. */
export type PayloadReference = Exclude<Payload, Uint8Array>;

/** Where values lie beside their run, as their bytes. */
interface BesideRun extends PayloadStore {
  readonly inlineLimitBytes: number;
  store(run: string, bytes: Uint8Array, what: string): Promise<readonly [string, number]>;
}

/**
 * The payload store of all places: Redis beside the run, directories and S3, each value where its task or flow wants
 * it. A value outside of Redis has the name of its content, belongs to no run, and is deleted by whoever has the place.
 */
export class PlacedPayloads implements PayloadStore {
  readonly #redis: BesideRun;
  readonly #given = new Map<ResultPlace, BlobStore>(); // of definitions
  readonly #named = new Map<string, BlobStore>(); // of the log

  constructor(redis: BesideRun) {
    this.#redis = redis;
  }

  put(run: string, bytes: Uint8Array, what: string, plan: ResultPlan | null): Payload | Promise<Payload> {
    if (plan === null) return this.#redis.put(run, bytes, what, null);
    if (bytes.length <= (plan.inlineBytes ?? this.#redis.inlineLimitBytes)) return bytes;
    return this.#store(run, bytes, what, plan);
  }

  async get(run: string, payloads: readonly Payload[]): Promise<readonly Uint8Array[]> {
    if (payloads.every(isInline)) return payloads; // nearly always: no promise for each
    return Promise.all(
      payloads.map(async (payload) => (isInline(payload) ? payload : this.#read(run, payload))),
    );
  }

  /** A value as it is stored, with the SHA-256 that the log has of it. @throws EngineError PAYLOAD_MISSING */
  async stored(run: string, reference: PayloadReference): Promise<Uint8Array> {
    const [sha256, sizeBytes] = reference;
    if (!isElsewhere(reference)) return this.#beside(run, sha256, sizeBytes);
    const { format, url } = placeOf(reference);
    const name = `${sha256}${suffixes[format]}`;
    const bytes = await this.#storeAt(url).get(name);
    if (bytes !== null && sha256Of(bytes) === sha256) return bytes;
    try {
      return await this.#beside(run, sha256, sizeBytes); // an imported history has its values beside it
    } catch (error) {
      if (!isEngineError(error, "PAYLOAD_MISSING")) throw error;
      const state = bytes === null ? "is missing" : "is damaged (its SHA-256 differs)";
      throw new EngineError(
        "PAYLOAD_MISSING",
        `A recorded value of run ${run} (${sizeBytes} bytes) ${state}: it should be ${url}/${name}. Bring it back from a ` +
          `backup of that place; the run's events are unchanged.`,
        { run, sha256, sizeBytes, place: `${url}/${name}` },
        error,
      );
    }
  }

  async #store(run: string, bytes: Uint8Array, what: string, plan: ResultPlan): Promise<Payload> {
    const { place, format } = plan;
    const blob = await toStored(format, bytes, what);
    if (place === null) {
      const [sha256, sizeBytes] = await this.#redis.store(run, blob, what);
      return format === "msgpack" ? [sha256, sizeBytes] : [sha256, sizeBytes, `${format} redis`];
    }
    const store = this.#storeOf(place);
    const sha256 = sha256Of(blob);
    // Written before the event that refers to it.
    await store.put(`${sha256}${suffixes[format]}`, blob, sha256);
    return [sha256, blob.length, `${format} ${store.url}`];
  }

  async #read(run: string, reference: PayloadReference): Promise<Uint8Array> {
    const stored = await this.stored(run, reference);
    return reference.length === 2 ? stored : fromStored(placeOf(reference).format, stored);
  }

  async #beside(run: string, sha256: string, sizeBytes: number): Promise<Uint8Array> {
    const [bytes] = await this.#redis.get(run, [[sha256, sizeBytes]]);
    return bytes ?? new Uint8Array();
  }

  #storeOf(place: ResultPlace): BlobStore {
    let store = this.#given.get(place);
    if (store === undefined) {
      store = place.kind === "s3" ? new S3Store(place) : new DirectoryStore(place.path);
      this.#given.set(place, store);
    }
    return store;
  }

  /** A place that only the log names, as it was defined here, else as its name tells. */
  #storeAt(url: string): BlobStore {
    let store = this.#named.get(url);
    if (store === undefined) {
      store = url.startsWith("s3:")
        ? new S3Store(findS3Place(url) ?? s3PlaceOf(url))
        : DirectoryStore.at(url);
      this.#named.set(url, store);
    }
    return store;
  }
}

/** How a stored value is written, and where. @throws EngineError EVENT_UNREADABLE for a place of a newer release */
export function placeOf(reference: PayloadReference): {
  readonly format: ResultFormat;
  readonly url: string;
} {
  const [format = "", url = ""] = (reference[2] ?? "msgpack redis").split(/ (.*)/, 2);
  if (isFormat(format) && /^(?:redis$|s3:|file:)/.test(url)) return { format, url };
  throw new EngineError(
    "EVENT_UNREADABLE",
    `A recorded value lies in the place "${reference[2] ?? ""}", which this Millrace does not know: it was written by a ` +
      `newer release. Upgrade this process.`,
    { place: reference[2] ?? "" },
  );
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
