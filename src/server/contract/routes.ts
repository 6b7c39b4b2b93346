import type { z } from "zod";
import { otherRoutes } from "./other-routes.ts";
import type { RouteName } from "./paths.ts";
import { runRoutes } from "./run-routes.ts";
import type { Shape } from "./shape.ts";

/** Every route: its schemas, by the names of `paths`. */
export const routes = { ...runRoutes, ...otherRoutes } as const satisfies Readonly<Record<RouteName, Shape>>;

export type Routes = typeof routes;
export type AnswerOf<Name extends RouteName> = z.output<Routes[Name]["answer"]>;
export type QueryOf<Name extends RouteName> = z.input<Routes[Name]["query"]>;
export type ParamsOf<Name extends RouteName> = z.input<Routes[Name]["params"]>;
export type BodyOf<Name extends RouteName> = Routes[Name]["body"] extends z.ZodType
  ? z.input<Routes[Name]["body"]>
  : undefined;
