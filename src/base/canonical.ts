import { type ContentSink, walkContent } from "./recordable.ts";

/**
 * The content of a recordable value as bytes: equal for equal content, whatever the order of object keys, and different
 * for different content. For hashing; nothing reads them back.
 * @throws EngineError OUTPUT_UNRECORDABLE naming `what` and the path to the value that cannot be recorded
 */
export function canonicalBytes(value: unknown, what: string): Uint8Array {
  const bytes = new GrowingBytes();
  walkContent(value, bytes, what);
  return bytes.finish();
}

class GrowingBytes implements ContentSink {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  word(value: number): this {
    this.#reserve(4);
    this.#view.setInt32(this.#length, value);
    this.#length += 4;
    return this;
  }

  /** Its length, then its UTF-16 units. */
  text(value: string): this {
    this.word(value.length);
    this.#reserve(value.length * 2);
    for (let index = 0; index < value.length; index += 1)
      this.#view.setUint16(this.#length + index * 2, value.charCodeAt(index));
    this.#length += value.length * 2;
    return this;
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
