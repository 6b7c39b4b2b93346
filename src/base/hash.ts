/**
 * Hashes for telling things apart, not for security: 53 bits, pure, the same on every machine for ever
 * (they are part of recorded histories). The mixing steps are those of MurmurHash3.
 */
export class Hash53 {
  #high: number;
  #low: number;

  constructor(seed = 0) {
    this.#high = 0xdeadbeef ^ seed;
    this.#low = 0x41c6ce57 ^ seed;
  }

  /** Adds one 32-bit word. */
  word(value: number): this {
    this.#high = Math.imul(this.#high ^ value, 0x9e3779b1);
    this.#low = Math.imul(this.#low ^ value, 0x5f356495);
    this.#high = (this.#high << 13) | (this.#high >>> 19);
    this.#low = (this.#low << 17) | (this.#low >>> 15);
    return this;
  }

  /** Adds a string: its length, then its UTF-16 units. */
  text(value: string): this {
    this.word(value.length);
    for (let index = 0; index < value.length; index += 1) this.word(value.charCodeAt(index));
    return this;
  }

  /** A whole number from 0 to 2^53 - 1. */
  digest(): number {
    let high = Math.imul(this.#high ^ (this.#high >>> 16), 0x85ebca6b);
    high ^= Math.imul(this.#low ^ (this.#low >>> 13), 0xc2b2ae35);
    let low = Math.imul(this.#low ^ (this.#low >>> 16), 0x85ebca6b);
    low ^= Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
    return 4_294_967_296 * (2_097_151 & low) + (high >>> 0);
  }
}

/** 53-bit hash of a string; see {@link Hash53}. */
export function hashText(text: string, seed = 0): number {
  return new Hash53(seed).text(text).digest();
}
