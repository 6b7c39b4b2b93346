import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiClient } from "./api/client.ts";
import { ServicesContext } from "./api/context.tsx";
import { ApiError } from "./api/problem.ts";
import { SignIn } from "./api/sign-in.ts";
import { createAppRouter } from "./app/router.tsx";
import { KeyBook } from "./keys/key-book.ts";
import { KeyBookContext, listenToKeyboard } from "./keys/use-keys.tsx";
import { joinHub } from "./live/join-hub.ts";
import { LiveStore } from "./live/live-store.ts";
import { PreferenceStore, PreferencesContext, recall, remember } from "./ui/preferences.ts";
import "./styles/app.css";

const base = readBase();
const wantMs = 20_000; // how often a page says that it is still there

/** The path below which the server lies, with a slash at its end; the server writes it into the page. */
function readBase(): string {
  const settings: unknown = JSON.parse(document.querySelector("#millrace-config")?.textContent ?? "{}");
  const given =
    typeof settings === "object" && settings !== null && "basePath" in settings ? settings.basePath : "";
  return typeof given === "string" ? `${given.replace(/\/$/, "")}/` : "/";
}

/** `?poll=1` once switches this browser to long polls, for proxies that hold streams back; `?poll=0` back. */
function isPolling(): boolean {
  const given = new URLSearchParams(location.search).get("poll");
  if (given !== null) remember("poll", given === "1" ? "1" : "0");
  return recall("poll") === "1";
}

function createLive(): LiveStore {
  // `crypto.randomUUID` is there on https and on this machine only.
  const client = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  const live = new LiveStore({ line: joinHub(base, isPolling()), client, now: () => Date.now() });
  setInterval(() => live.say(), wantMs);
  addEventListener("pagehide", () => live.leave());
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) live.say();
  });
  return live;
}

/** Answers hold until a command or the stream of news says otherwise: nothing is asked again by the clock. */
function createQueries(signIn: SignIn): QueryClient {
  const onError = (error: Error): void => signIn.note(error);
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        refetchOnWindowFocus: false,
        retry: (count, error) =>
          count < 2 && error instanceof ApiError && [0, 502, 503].includes(error.status),
      },
    },
  });
}

const preferences = new PreferenceStore();
const book = new KeyBook(() => performance.now());
const switchKeys = (): void => {
  book.isOn = preferences.current().keys === "on";
};
preferences.watch(switchKeys);
switchKeys();
listenToKeyboard(book);

const signIn = new SignIn(base);
const queries = createQueries(signIn);
const live = createLive();
live.onReset(() => void queries.invalidateQueries());
const place = document.querySelector("#app");
if (place === null) throw new Error("the page has no place for the app");

createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <ServicesContext value={{ api: new ApiClient(base), live, signIn }}>
        <KeyBookContext value={book}>
          <PreferencesContext value={preferences}>
            <RouterProvider router={createAppRouter(base, preferences)} />
          </PreferencesContext>
        </KeyBookContext>
      </ServicesContext>
    </QueryClientProvider>
  </StrictMode>,
);
