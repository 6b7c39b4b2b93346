import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useApi } from "../api/context.tsx";
import { IconButton } from "../ui/button.tsx";
import { Menu, MenuItem } from "../ui/menu.tsx";
import { useToast } from "../ui/toast.tsx";

/** What one can do with a view that was kept. */
export function ViewMenu({ name }: { readonly name: string }) {
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
