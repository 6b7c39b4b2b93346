import type { CommitAnswer } from "../engine/run-log.ts";
import { type PackedBytes, packEvent, packValue } from "../events/codec.ts";
import type { CommitItem } from "./commit-item.ts";

/** A write whose answer is awaited. */
export interface WaitingCommit {
  readonly item: CommitItem;
  readonly resolve: (answer: CommitAnswer) => void;
  readonly reject: (error: unknown) => void;
}

const maxItems = 32; // blocks Redis for about a third of a millisecond
const maxBytes = 1024 * 1024;
const firstBytes = 1_024; // a commit of a task or two; grows by four
const headBytes = 5;
const list = 0xdd; // msgpack, the length in four bytes behind it
const text = 0xdb; // likewise; the unpacker of Redis 7 knows no other bytes

/**
 * The items of one call of `commit.lua`, as one msgpack list: an argument of its own for each header and each event
 * would cost the driver and Redis more than what stands in it. The bytes belong to the call for ever: the driver sends
 * them again after a lost connection, so they are never written over.
 */
export class CommitFrame {
  readonly waiting: WaitingCommit[] = [];
  #bytes: Buffer = Buffer.allocUnsafe(firstBytes);
  #length = headBytes;

  /** What comes next belongs to another call. */
  get isFull(): boolean {
    return this.waiting.length >= maxItems || this.#length >= maxBytes;
  }

  /** Takes a write as it is now: what its values become later does not matter. */
  add(waiting: WaitingCommit): void {
    const before = this.#length;
    try {
      this.#put(waiting.item);
      this.waiting.push(waiting);
    } catch (error) {
      this.#length = before;
      waiting.reject(error);
    }
  }

  /** The argument of the script. */
  toArgument(): Uint8Array {
    this.#headAt(0, list, this.waiting.length);
    return this.#bytes.subarray(0, this.#length);
  }

  /** `[header, body, ...]`, the bodies without their time. */
  #put(item: CommitItem): void {
    const { events } = item;
    this.#head(list, events.length + 1);
    this.#copy(packValue(headerOf(item)));
    let actor: string | null = item.actor;
    for (const event of events) {
      const packed = packEvent(event, actor);
      actor = null;
      this.#head(text, packed.end - packed.start);
      this.#copy(packed);
    }
  }

  #head(kind: number, length: number): void {
    this.#reserve(headBytes);
    this.#headAt(this.#length, kind, length);
    this.#length += headBytes;
  }

  #headAt(place: number, kind: number, length: number): void {
    this.#bytes[place] = kind;
    this.#bytes.writeUInt32BE(length, place + 1);
  }

  #copy({ bytes, start, end }: PackedBytes): void {
    this.#reserve(end - start);
    this.#length += Buffer.prototype.copy.call(bytes, this.#bytes, this.#length, start, end); // no view of the part
  }

  #reserve(bytes: number): void {
    const wanted = this.#length + bytes;
    if (wanted <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(wanted, this.#bytes.length * 4));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** The order is the script's. A list of plain values is plain msgpack. */
function headerOf(item: CommitItem): readonly unknown[] {
  const { run, kind, owner, epoch, batch, seen, after, dueIn, dedupe, attempt, holder, tasks } = item;
  return [run, kind, owner, epoch, batch, seen, after, dueIn, dedupe, attempt, holder, tasks];
}
