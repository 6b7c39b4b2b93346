import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { asked, useApi } from "../api/context.tsx";
import { Button, IconButton } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { joinNames } from "../ui/join-names.ts";
import { Menu, MenuItem } from "../ui/menu.tsx";
import { useToast } from "../ui/toast.tsx";

/** Views that everybody has. */
const common = [
  { name: "All", q: "" },
  { name: "Failed today", q: "status:failed,crashed created>-24h" },
  { name: "Running", q: "status:running" },
  { name: "Held up", q: "status:paused" },
  { name: "Slow", q: "duration>5m created>-7d" },
] as const;

interface SavedViewsProps {
  readonly q: string;
  readonly onQuery: (q: string) => void;
}

/** Queries with a name: those that everybody has, and those that were kept on the server. */
export function SavedViews({ q, onQuery }: SavedViewsProps) {
  const [isNaming, setNaming] = useState(false);
  const views = useQuery(asked(useApi(), "views", {}));
  const own = views.data ?? [];
  const isKept = [...common, ...own].some((view) => view.q === q);
  return (
    <nav aria-label="Views" className="flex shrink-0 items-center gap-1 overflow-x-auto">
      {[...common, ...own].map((view) => (
        <button
          key={view.name}
          type="button"
          aria-current={view.q === q ? "page" : undefined}
          onClick={() => onQuery(view.q)}
          className={joinNames(
            "flex h-7 items-center gap-1 rounded-md px-2 whitespace-nowrap",
            view.q === q ? "bg-accent-wash font-medium text-ink" : "text-soft hover:bg-hover",
          )}
        >
          {"isDefault" in view && view.isDefault && <Icon name="star" size={12} />}
          <bdi>{view.name}</bdi>
        </button>
      ))}
      {own.some((view) => view.q === q) && <ViewMenu name={own.find((view) => view.q === q)?.name ?? ""} />}
      {!isKept && (
        <Button look="quiet" icon="plus" onClick={() => setNaming(true)}>
          Keep this view
        </Button>
      )}
      {isNaming && <NameView q={q} onClose={() => setNaming(false)} />}
    </nav>
  );
}

function ViewMenu({ name }: { readonly name: string }) {
  const api = useApi();
  const queries = useQueryClient();
  const tell = useToast();
  const remove = useMutation({
    mutationFn: async () => api.ask("removeView", { params: { name } }),
    onSuccess: () => tell({ text: `The view “${name}” is forgotten.` }),
    onError: ({ message }) => tell({ text: message, isProblem: true }),
    onSettled: async () => queries.invalidateQueries({ queryKey: ["views"] }),
  });
  return (
    <Menu trigger={<IconButton icon="more" label={`More for the view ${name}`} />} align="start">
      <MenuItem icon="close" onSelect={() => remove.mutate()}>
        Forget this view
      </MenuItem>
    </Menu>
  );
}

function NameView({ q, onClose }: { readonly q: string; readonly onClose: () => void }) {
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
