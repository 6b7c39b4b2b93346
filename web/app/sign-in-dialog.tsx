import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { SignIn as Credentials } from "../../src/server/contract/access.ts";
import { useServices } from "../api/context.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import { ErrorState, Skeleton } from "../ui/notices.tsx";

/** Asks who somebody is, in front of the screen that was refused; what is open stays as it is. */
export function SignInDialog() {
  const { signIn, live } = useServices();
  const queries = useQueryClient();
  const session = useQuery({ queryKey: ["session"], queryFn: async () => signIn.ask(), gcTime: 0 });
  const entering = useMutation({
    mutationFn: async (credentials: Credentials) => signIn.enter(credentials),
    onSuccess: async () => {
      live.say(); // the stream was refused, too: not later, but now
      await queries.resetQueries({ predicate: ({ state }) => state.status === "error" });
    },
  });
  const { data } = session;
  return (
    <Dialog isOpen onClose={() => signIn.dismiss()} title="Sign in">
      {session.isError && <ErrorState what="It is not known how to sign in" error={session.error} />}
      {data === undefined ? (
        session.isPending && <Skeleton rows={2} />
      ) : (
        <SignInForm
          hasPasswords={data.ways.includes("password")}
          isSending={entering.isPending}
          error={entering.error}
          onSend={(credentials) => entering.mutate(credentials)}
        />
      )}
    </Dialog>
  );
}

interface SignInFormProps {
  readonly hasPasswords: boolean; // else there are keys alone
  readonly isSending: boolean;
  readonly error: Error | null;
  readonly onSend: (credentials: Credentials) => void;
}

function SignInForm({ hasPasswords, isSending, error, onSend }: SignInFormProps) {
  const [isKey, setKey] = useState(!hasPasswords);
  const [user, setUser] = useState("");
  const [secret, setSecret] = useState("");
  const label = isKey ? "Key" : "Password";
  const isReady = secret !== "" && (isKey || user !== "");
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady && !isSending) onSend(isKey ? { key: secret } : { user, password: secret });
      }}
    >
      {!isKey && (
        <Field id="sign-in-user" label="Name">
          <TextInput
            id="sign-in-user"
            autoComplete="username"
            value={user}
            onChange={({ target }) => setUser(target.value)}
          />
        </Field>
      )}
      <Field id="sign-in-secret" label={label} problem={error?.message}>
        <TextInput
          id="sign-in-secret"
          type="password"
          autoComplete={isKey ? "off" : "current-password"}
          aria-invalid={error !== null}
          aria-describedby={error === null ? undefined : "sign-in-secret-problem"}
          value={secret}
          onChange={({ target }) => setSecret(target.value)}
        />
      </Field>
      <div className="flex justify-end gap-2">
        {hasPasswords && (
          <Button look="quiet" onClick={() => setKey(!isKey)}>
            {isKey ? "With a password" : "With a key"}
          </Button>
        )}
        <Button look="primary" type="submit" disabled={!isReady || isSending}>
          {isSending ? "Asking…" : "Sign in"}
        </Button>
      </div>
    </form>
  );
}
