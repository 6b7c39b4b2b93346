import nodeCrypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { Socket } from "node:net";
import { askedFor, fetched, useNow, useRandom, wroteToSocket } from "../engine/guard.ts";
import type { Below } from "./find-site.ts";
import type { Watching } from "./flow-watch.ts";
import { guardDate } from "./guarded-date.ts";
import { replaceMember } from "./replace-member.ts";

type Find = () => Watching | null;

const findings = {
  performance: askedFor("performance.now()", useNow),
  hrtime: askedFor("process.hrtime()", useNow),
  random: askedFor("Math.random()", useRandom),
  uuid: askedFor("crypto.randomUUID()", useRandom),
  values: askedFor("crypto.getRandomValues()", useRandom),
  integer: askedFor("crypto.randomInt()", useRandom),
};

/**
 * Puts guarded functions in the place of the clocks, of chance and of fetch(): watched flow code gets what a replay
 * repeats, all other code what it always got. Returns the way back.
 */
export function guardGlobals(find: Find): () => void {
  const undos = [guardDate(find), ...guardClocks(find), ...guardChance(find), ...guardNetwork(find)];
  syncBuiltinESMExports(); // what was imported by name from node:crypto
  return () => {
    for (const undo of undos) undo();
    syncBuiltinESMExports();
  };
}

function guardClocks(find: Find): readonly (() => void)[] {
  const { performance } = globalThis;
  const clock = replaceMember(performance, "now", (real) => {
    const now = (): number => {
      const watch = find()?.watch ?? null;
      return watch?.asked(findings.performance, now) === true ? watch.elapsed() : real.call(performance);
    };
    return now;
  });
  const hrtime = replaceMember(process, "hrtime", (real) => {
    const see = (below: Below): void => {
      find()?.watch.asked(findings.hrtime, below, "real");
    };
    const ticks = (time?: [number, number]): [number, number] => {
      see(ticks);
      return real(time);
    };
    const bigint = (): bigint => {
      see(bigint);
      return real.bigint();
    };
    return Object.assign(ticks, { bigint });
  });
  return [clock, hrtime];
}

function guardChance(find: Find): readonly (() => void)[] {
  const random = replaceMember(Math, "random", (real) => {
    const draw = (): number => {
      const code = find();
      return code?.watch.asked(findings.random, draw) === true
        ? code.watch.random(code.context.scope)
        : real();
    };
    return draw;
  });
  const guardUuid = (real: typeof nodeCrypto.randomUUID): typeof nodeCrypto.randomUUID => {
    const uuid: typeof real = (options) => {
      const code = find();
      if (code?.watch.asked(findings.uuid, uuid) === true) return code.watch.uuid(code.context.scope);
      return real.call(globalThis.crypto, options);
    };
    return uuid;
  };
  return [
    random,
    replaceMember(nodeCrypto, "randomUUID", guardUuid),
    replaceMember(globalThis.crypto, "randomUUID", guardUuid),
    replaceMember(globalThis.crypto, "getRandomValues", (real) => guardValues(find, real)),
    replaceMember(nodeCrypto, "randomInt", (real) => guardInteger(find, real)),
  ];
}

type GetRandomValues = nodeCrypto.webcrypto.Crypto["getRandomValues"];

/** A library that draws many bytes at once keeps some for others, so it gets real ones. */
function guardValues(find: Find, real: GetRandomValues): GetRandomValues {
  const values: typeof real = (array) => {
    const code = find();
    const isLogical = code?.watch.asked(findings.values, values, "direct") === true;
    real.call(globalThis.crypto, array); // refuses what is no array of whole numbers
    if (isLogical && ArrayBuffer.isView(array))
      code.watch.fill(code.context.scope, new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    return array;
  };
  return values;
}

function guardInteger(find: Find, real: typeof nodeCrypto.randomInt): typeof nodeCrypto.randomInt {
  return new Proxy(real, {
    apply: function draw(target, self, args: unknown[]): unknown {
      find()?.watch.asked(findings.integer, draw, "real");
      return Reflect.apply(target, self, args);
    },
  });
}

/** Connections that were open before, and clients that share them, start nothing that Node's hooks tell of. */
function guardNetwork(find: Find): readonly (() => void)[] {
  const request = replaceMember(globalThis, "fetch", (real) => {
    const fetch: typeof real = (...args) => {
      const refusal = find()?.watch.called(fetched, fetch) ?? null;
      return refusal === null ? real(...args) : Promise.reject(refusal);
    };
    return fetch;
  });
  const sending = replaceMember(
    Socket.prototype,
    "write",
    (real) =>
      new Proxy(real, {
        apply: function write(target, self: Socket, args: unknown[]): unknown {
          const code = find();
          if (code !== null && !isTerminal(self)) code.watch.called(wroteToSocket, write);
          return Reflect.apply(target, self, args);
        },
      }),
  );
  return [request, sending];
}

const isTerminal = (socket: unknown): boolean => socket === process.stdout || socket === process.stderr;
