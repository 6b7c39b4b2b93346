import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { EngineError } from "../../base/errors.ts";
import { answerRequest, beginRequest, forgetRequest } from "../../redis/request-keys.ts";
import type { Store } from "../../workers/settings.ts";
import type { Who } from "../access/access.ts";

interface Given {
  readonly status: number;
  readonly text: string;
}

interface Keyed {
  readonly request: FastifyRequest;
  readonly who: Who | null;
  readonly body: unknown;
}

/**
 * Carries a command out once for all requests with the same `idempotency-key` of one caller: the others get the answer of
 * the first. Keys are kept for a day. A command that was refused may be tried again under its key.
 * @throws EngineError REQUEST_UNDER_WAY, KEY_REUSED
 */
export async function answerOnce(
  { redis, namespace }: Store,
  { request, who, body }: Keyed,
  work: () => Promise<Given>,
): Promise<Given & { readonly isRepeated: boolean }> {
  const given = request.headers["idempotency-key"];
  if (given === undefined) return { ...(await work()), isRepeated: false };
  const key = digest([who?.actor ?? "", String(given)]);
  const asked = digest([request.method, request.url, body === undefined ? "" : JSON.stringify(body)]);
  const earlier = await beginRequest(redis, namespace.name, { key, request: asked });
  switch (earlier.how) {
    case "answered":
      return { status: earlier.status, text: earlier.body, isRepeated: true };
    case "under way":
      throw new EngineError(
        "REQUEST_UNDER_WAY",
        "A request with this idempotency key is being answered. Ask again in a moment.",
      );
    case "other":
      throw new EngineError(
        "KEY_REUSED",
        "This idempotency key stood for another request. Give each its own.",
      );
    case "none":
  }
  try {
    const done = await work();
    const { status, text } = done;
    await answerRequest(redis, namespace.name, { key, request: asked, status, body: text });
    return { ...done, isRepeated: false };
  } catch (error) {
    await forgetRequest(redis, namespace.name, key);
    throw error;
  }
}

function digest(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
