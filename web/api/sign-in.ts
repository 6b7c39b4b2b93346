import type { SignIn as Credentials, Session } from "../../src/server/contract/access.ts";
import { ownPaths } from "../../src/server/contract/own-paths.ts";
import { ApiError, noAnswer, toProblem } from "./problem.ts";

/** Whether somebody has to sign in, and how they do: the session itself is a cookie that no code of the page sees. */
export class SignIn {
  readonly #base: string;
  readonly #watchers = new Set<() => void>();
  #isWanted = false;

  /** `base` is the page's own path, with a slash at its end. */
  constructor(base: string) {
    this.#base = base;
  }

  watch = (changed: () => void): (() => void) => {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  };

  isWanted = (): boolean => this.#isWanted;

  /** Looks at why a question or a command failed. */
  note(error: unknown): void {
    if (error instanceof ApiError && error.status === 401) this.#want(true);
  }

  /** Leaves it for now; the next refusal asks again. */
  dismiss(): void {
    this.#want(false);
  }

  /** Who asks, and which ways there are. */
  async ask(): Promise<Session> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- page and server are of one version, and share the types
    return (await this.#send("GET")) as Session;
  }

  /** @throws ApiError when it was wrong, or tried too often */
  async enter(credentials: Credentials): Promise<void> {
    await this.#send("POST", credentials);
    this.#want(false);
  }

  /** Ends the session; whatever is asked for next is refused. */
  async leave(): Promise<void> {
    await this.#send("DELETE");
  }

  async #send(method: "GET" | "POST" | "DELETE", body?: Credentials): Promise<unknown> {
    const address = this.#base + ownPaths.session.path.slice(1);
    const marked = { "x-millrace-request": "1" };
    const sent =
      body === undefined
        ? { headers: method === "GET" ? {} : marked }
        : { headers: { ...marked, "content-type": "application/json" }, body: JSON.stringify(body) };
    const response = await fetch(address, { method, credentials: "same-origin", ...sent }).catch(
      (error: unknown) => {
        throw noAnswer(error);
      },
    );
    const answer: unknown = await response.json().catch(() => null);
    if (!response.ok) throw toProblem(response.status, answer);
    return answer;
  }

  #want(isWanted: boolean): void {
    if (isWanted === this.#isWanted) return;
    this.#isWanted = isWanted;
    for (const changed of this.#watchers) changed();
  }
}
