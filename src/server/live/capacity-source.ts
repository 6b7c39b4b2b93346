import type { Clock } from "../../workers/clock.ts";
import { type Piece, toPiece } from "./frame.ts";

export interface CapacityPorts {
  readonly read: () => Promise<unknown>;
  readonly clock: Clock;
  readonly onTrouble: (error: unknown) => void;
}

export interface CapacityListener {
  setCapacity(capacity: Piece): void;
}

const everyMs = 1_000;

/** Looks at queues, workers and limits as long as somebody listens, once for all, and tells when something has changed. */
export class CapacitySource {
  readonly #ports: CapacityPorts;
  readonly #listeners = new Set<CapacityListener>();
  readonly #onChange: () => void;
  #newest: Piece | null = null;
  #forget: (() => void) | null = null;
  #isReading = false;

  constructor(ports: CapacityPorts, onChange: () => void) {
    this.#ports = ports;
    this.#onChange = onChange;
  }

  listen(listener: CapacityListener): void {
    this.#listeners.add(listener);
    if (this.#newest !== null) listener.setCapacity(this.#newest);
    if (this.#forget === null && !this.#isReading) void this.#look();
  }

  leave(listener: CapacityListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.stop();
  }

  stop(): void {
    this.#forget?.();
    this.#forget = null;
    this.#newest = null;
  }

  async #look(): Promise<void> {
    this.#forget = null;
    this.#isReading = true;
    try {
      const capacity = toPiece(await this.#ports.read());
      if (capacity.json !== this.#newest?.json) this.#tell(capacity);
    } catch (error) {
      this.#ports.onTrouble(error);
    } finally {
      this.#isReading = false;
    }
    if (this.#listeners.size > 0) this.#forget = this.#ports.clock.after(everyMs, () => void this.#look());
  }

  #tell(capacity: Piece): void {
    if (this.#listeners.size === 0) return;
    this.#newest = capacity;
    for (const listener of this.#listeners) listener.setCapacity(capacity);
    this.#onChange();
  }
}
