import { queryOptions } from "@tanstack/react-query";
import { createContext, use } from "react";
import type { RouteName } from "../../src/server/contract/paths.ts";
import type { LiveStore } from "../live/live-store.ts";
import type { ApiClient, AskOptions } from "./client.ts";
import type { SignIn } from "./sign-in.ts";

export interface Services {
  readonly api: ApiClient;
  readonly live: LiveStore;
  readonly signIn: SignIn;
}

export const ServicesContext = createContext<Services | null>(null);

export function useServices(): Services {
  const services = use(ServicesContext);
  if (services === null) throw new Error("a screen is shown outside of the app");
  return services;
}

export function useApi(): ApiClient {
  return useServices().api;
}

/** A question, and the key of its answer in the cache: the route first, so that all its answers can be forgotten. */
export function asked<Name extends RouteName>(api: ApiClient, name: Name, options: AskOptions<Name>) {
  const { params, query } = options;
  return queryOptions({
    queryKey: [name, params ?? {}, query ?? {}] as const,
    queryFn: async ({ signal }) => api.ask(name, { ...options, signal }),
  });
}
