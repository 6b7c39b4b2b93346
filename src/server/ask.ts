import type { z } from "zod";
import type { Client } from "../workers/client.ts";
import type { Who } from "./access/access.ts";
import type { RouteName } from "./contract/paths.ts";
import type { AnswerOf, Routes } from "./contract/routes.ts";
import type { ServerParts } from "./parts.ts";

type BodyAfter<Body> = Body extends z.ZodType ? z.output<Body> : undefined;

/** A request as a route sees it: checked, and with defaults filled in. */
export interface Ask<Name extends RouteName> {
  readonly params: z.output<Routes[Name]["params"]>;
  readonly query: z.output<Routes[Name]["query"]>;
  readonly body: BodyAfter<Routes[Name]["body"]>;
  readonly who: Who | null; // null = nobody; only routes without a role are asked by nobody
  readonly client: Client; // acts on behalf of who asks
  readonly parts: ServerParts;
}

export type Answerer<Name extends RouteName> = (ask: Ask<Name>) => Promise<AnswerOf<Name>>;
export type Answerers = { readonly [Name in RouteName]: Answerer<Name> };
