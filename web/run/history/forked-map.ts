/** While it is open, whoever asks a forked map for a value may change what they are given. */
export interface Fork {
  isOpen: boolean;
}

type Copy<Value> = (value: Value) => Value;

const minChanges = 512; // below, a layer of changes costs less than another copy of everything

/**
 * A copy of a map that costs as much as what was changed in it: it looks into the map that it comes from, which must not
 * change any more, and keeps its own entries in a layer above. Values are copied when somebody asks for them, as a fold
 * changes what it is given. Once the fork is closed, it is a map like any other. The entries of Map itself are the layer.
 */
export class ForkedMap<Key, Value> extends Map<Key, Value> {
  readonly #base: ReadonlyMap<Key, Value>;
  readonly #dropped: Set<Key>; // keys of the base that are not there any more, or have come again at the end
  readonly #fork: Fork;
  readonly #copy: Copy<Value>;
  readonly #owned = new Set<Key>();
  #added = 0; // entries of the layer that are not in the base, or no more

  private constructor(base: ReadonlyMap<Key, Value>, dropped: Set<Key>, fork: Fork, copy: Copy<Value>) {
    super();
    this.#base = base;
    this.#dropped = dropped;
    this.#fork = fork;
    this.#copy = copy;
  }

  /** Layers do not pile up: one that has grown large is merged with the map below it. */
  static of<Key, Value>(source: Map<Key, Value>, fork: Fork, copy: Copy<Value>): ForkedMap<Key, Value> {
    if (!(source instanceof ForkedMap)) return new ForkedMap(source, new Set(), fork, copy);
    const layered: ForkedMap<Key, Value> = source;
    return layered.#forkAgain(fork, copy);
  }

  #forkAgain(fork: Fork, copy: Copy<Value>): ForkedMap<Key, Value> {
    if (super.size + this.#dropped.size > Math.max(minChanges, this.#base.size / 8))
      return new ForkedMap(new Map(this.entries()), new Set(), fork, copy);
    const again = new ForkedMap(this.#base, new Set(this.#dropped), fork, copy);
    for (const [key, value] of super.entries()) again.#put(key, value);
    again.#added = this.#added;
    return again;
  }

  #put(key: Key, value: Value): void {
    super.set(key, value);
  }

  override get size(): number {
    return this.#base.size - this.#dropped.size + this.#added;
  }

  override has(key: Key): boolean {
    return super.has(key) || this.#isInBase(key);
  }

  override get(key: Key): Value | undefined {
    const value = super.get(key) ?? (this.#isInBase(key) ? this.#base.get(key) : undefined);
    if (value === undefined || !this.#fork.isOpen || this.#owned.has(key)) return value;
    const copy = this.#copy(value);
    this.#owned.add(key);
    super.set(key, copy);
    return copy;
  }

  override set(key: Key, value: Value): this {
    if (!super.has(key) && !this.#isInBase(key)) this.#added += 1;
    super.set(key, value);
    this.#owned.add(key);
    return this;
  }

  override delete(key: Key): boolean {
    this.#owned.delete(key);
    const wasChanged = super.delete(key);
    if (this.#isInBase(key)) {
      this.#dropped.add(key);
      return true;
    }
    if (wasChanged) this.#added -= 1;
    return wasChanged;
  }

  override clear(): void {
    const keys = [...this.keys()]; // they are gone one by one
    for (const key of keys) this.delete(key);
  }

  override *keys(): MapIterator<Key> {
    for (const key of this.#base.keys()) if (!this.#dropped.has(key)) yield key;
    if (this.#added > 0) for (const key of super.keys()) if (!this.#isInBase(key)) yield key;
  }

  /** For reading; to change a value, get it, or go through the values. */
  override *entries(): MapIterator<[Key, Value]> {
    for (const entry of this.#base) {
      const [key, value] = entry;
      if (!this.#dropped.has(key)) yield [key, super.get(key) ?? value];
    }
    if (this.#added > 0) for (const entry of super.entries()) if (!this.#isInBase(entry[0])) yield entry;
  }

  override *values(): MapIterator<Value> {
    if (this.#fork.isOpen) {
      const keys = [...this.keys()]; // copying a value adds it to the layer
      for (const key of keys) this.get(key);
    }
    for (const [, value] of this.entries()) yield value;
  }

  override [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.entries();
  }

  override forEach(visit: (value: Value, key: Key, map: Map<Key, Value>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this);
  }

  #isInBase(key: Key): boolean {
    return this.#base.has(key) && !this.#dropped.has(key);
  }
}
