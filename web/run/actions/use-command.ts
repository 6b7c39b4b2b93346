import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { ApiClient } from "../../api/client.ts";
import { useApi } from "../../api/context.tsx";
import { ApiError } from "../../api/problem.ts";
import { toPath } from "../../form/form-value.ts";
import { useRun } from "../run-context.tsx";

interface Sending<Answer> {
  readonly send: () => void;
  readonly isSending: boolean;
  readonly error: Error | null;
  readonly problems: ReadonlyMap<string, string>; // by path of the field
  readonly answer: Answer | undefined;
}

/** Sends a command once, however often somebody clicks; the key makes a repeated one the same. */
export function useCommand<Answer>(
  ask: (api: ApiClient, idempotencyKey: string) => Promise<Answer>,
  onDone: (answer: Answer) => void,
): Sending<Answer> {
  const api = useApi();
  const { feed } = useRun();
  const [key] = useState(() => `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`);
  const [tries, setTries] = useState(0);
  const mutation = useMutation({
    mutationFn: async () => ask(api, `${key}-${tries}`),
    onSuccess: (answer) => {
      void feed.load(); // what it wrote is there, stream or not
      onDone(answer);
    },
    onError: (error) => {
      // An answer that never came may have been a yes: only after a no is the next try another command.
      if (error instanceof ApiError && error.status >= 400 && error.status < 500) setTries(tries + 1);
    },
  });
  const fields = mutation.error instanceof ApiError ? mutation.error.fields : [];
  return {
    send: () => {
      if (!mutation.isPending) mutation.mutate();
    },
    isSending: mutation.isPending,
    error: mutation.error,
    problems: new Map(fields.map(({ path, message }) => [toPath(path), message])),
    answer: mutation.data,
  };
}
