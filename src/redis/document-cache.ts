import type { Projection } from "../projections/define.ts";
import { unpackDocument } from "../projections/document.ts";
import { fromEachShard, type ViewPlace } from "./live-view.ts";
import { type BuildPlace, readDocuments, readMark } from "./view-store.ts";

interface Kept<Doc> {
  readonly build: string;
  readonly seq: number; // stores before the documents were read
  readonly documents: ReadonlyMap<string, Doc>;
}

/** Reads the documents of a projection again and again; of a shard where nothing was stored since, nothing is read. */
export class DocumentCache<Doc extends object> {
  readonly #view: ViewPlace;
  readonly #projection: Pick<Projection<Doc>, "name" | "initial">;
  readonly #kept = new Map<number, Kept<Doc>>();

  constructor(view: ViewPlace, projection: Pick<Projection<Doc>, "name" | "initial">) {
    this.#view = view;
    this.#projection = projection;
  }

  /**
   * The documents, shard by shard; a shard whose first build is not complete has none. They are those of the cache:
   * not to be changed.
   * @throws EngineError EVENT_UNREADABLE for a damaged document
   */
  async read(): Promise<readonly ReadonlyMap<string, Doc>[]> {
    const shards = await fromEachShard(this.#view, async (place) => this.#readShard(place));
    return shards.map((documents) => documents ?? new Map<string, Doc>());
  }

  async #readShard(place: BuildPlace): Promise<ReadonlyMap<string, Doc>> {
    const { shard, build } = place;
    const { redis } = this.#view;
    const { seq } = await readMark(redis, place); // first: what is stored meanwhile is read again next time
    const kept = this.#kept.get(shard);
    if (kept !== undefined && kept.build === build && kept.seq === seq) return kept.documents;
    const { name, initial } = this.#projection;
    const packed = await readDocuments(redis, place, name);
    const documents = new Map(
      [...packed].map(([id, bytes]) => [id, unpackDocument(bytes, initial())] as const),
    );
    this.#kept.set(shard, { build, seq, documents });
    return documents;
  }
}
