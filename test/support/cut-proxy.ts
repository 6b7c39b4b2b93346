import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createConnection, createServer, type Socket } from "node:net";

/** A TCP proxy before a Redis server, which can lose a reply. */
export interface CutProxy {
  readonly url: string;
  /**
   * Lets the n-th `command` from now on (1 = the next one) reach the server, waits until the server has executed it,
   * and cuts the connection in the place of the reply. Resolves then. EVAL and EVALSHA are both "evalsha".
   */
  cut(command: string, nth: number): Promise<void>;
  close(): Promise<void>;
}

interface Plan {
  readonly command: string;
  left: number;
  readonly done: () => void;
}

/** Starts a proxy for the server on `port`; it relays everything until told otherwise. */
export async function startCutProxy(port: number): Promise<CutProxy> {
  const ends = new Set<() => void>();
  let plan: Plan | null = null;

  const server = createServer((client) => {
    const upstream = createConnection(port, "127.0.0.1");
    const requests = new RequestReader();
    let cutting: { readonly token: string; readonly done: () => void; replies: string } | null = null;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
      ends.delete(end);
    };
    ends.add(end);
    client.on("data", (chunk: Buffer) => {
      if (cutting !== null) return;
      const target = requests.read(chunk).find(({ name }) => plan !== null && countsDown(plan, name));
      if (target === undefined || plan === null) return void upstream.write(chunk);
      // Its answer to our PING says that the server has executed what came before.
      cutting = { token: randomUUID(), done: plan.done, replies: "" };
      plan = null;
      upstream.write(chunk.subarray(0, chunk.length - target.bytesAfter));
      upstream.write(`*2\r\n$4\r\nPING\r\n$${cutting.token.length}\r\n${cutting.token}\r\n`);
    });
    upstream.on("data", (chunk: Buffer) => {
      if (cutting === null) return void client.write(chunk);
      cutting.replies += chunk.toString("latin1");
      if (!cutting.replies.includes(cutting.token)) return;
      cutting.done();
      end();
    });
    for (const socket of [client, upstream]) socket.on("error", end).on("close", end);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    url: `redis://127.0.0.1:${portOf(server.address())}`,
    cut: async (command, nth) =>
      new Promise((done) => {
        plan = { command, left: nth, done };
      }),
    close: async () => {
      for (const end of ends) end();
      server.close();
      await once(server, "close");
    },
  };
}

function countsDown(plan: Plan, name: string): boolean {
  if (name !== plan.command) return false;
  plan.left -= 1;
  return plan.left === 0;
}

function portOf(address: ReturnType<Socket["address"]> | string | null): number {
  if (address !== null && typeof address !== "string" && "port" in address) return address.port;
  throw new Error("The proxy has no port.");
}

interface Request {
  readonly name: string;
  readonly bytesAfter: number; // what follows it in the chunk
}

/** Finds the commands in a stream of RESP requests, wherever its chunks begin and end. */
class RequestReader {
  #rest = Buffer.alloc(0);
  #partsLeft = 0; // of the current request; 0 = its head is still to come
  #name: string | null = null; // null = the first part is still to come

  /** The requests that end in this chunk. */
  read(chunk: Buffer): readonly Request[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const requests: Request[] = [];
    while (this.#take()) {
      if (this.#partsLeft > 0 || this.#name === null) continue;
      const name = this.#name === "eval" ? "evalsha" : this.#name;
      requests.push({ name, bytesAfter: this.#rest.length });
      this.#name = null;
    }
    return requests;
  }

  /** Takes one head or part off; false when it is not complete yet. */
  #take(): boolean {
    const newline = this.#rest.indexOf("\r\n");
    if (newline === -1) return false;
    const size = Number(this.#rest.toString("latin1", 1, newline));
    if (this.#partsLeft === 0) {
      this.#partsLeft = size;
      this.#rest = this.#rest.subarray(newline + 2);
      return true;
    }
    const end = newline + 2 + size;
    if (this.#rest.length < end + 2) return false;
    this.#name ??= this.#rest.toString("latin1", newline + 2, end).toLowerCase();
    this.#partsLeft -= 1;
    this.#rest = this.#rest.subarray(end + 2);
    return true;
  }
}
