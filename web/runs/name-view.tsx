import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../api/context.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, TextInput } from "../ui/field.tsx";

/** Keeps a query under a name. */
export function NameView({ q, onClose }: { readonly q: string; readonly onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [isDefault, setDefault] = useState(false);
  const keep = useMutation({
    mutationFn: async () => api.ask("putView", { params: { name: name.trim() }, body: { q, isDefault } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["views"] });
      onClose();
    },
  });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Keep this view"
      about="On the server, for everybody who may see these runs."
    >
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          keep.mutate();
        }}
      >
        <Field id="view-name" label="Name" problem={keep.error?.message}>
          <TextInput
            id="view-name"
            value={name}
            onChange={({ target }) => setName(target.value)}
            required
            maxLength={60}
          />
        </Field>
        <code className="rounded bg-sunken px-2 py-1 font-mono text-xs break-all">{q}</code>
        <label className="flex items-center gap-2">
          <input
            type="checkbox"
            checked={isDefault}
            onChange={({ target }) => setDefault(target.checked)}
            className="size-4"
          />
          Show it first when somebody opens the runs
        </label>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" disabled={name.trim() === "" || keep.isPending}>
            Keep
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
