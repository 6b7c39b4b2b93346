import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Capacity } from "../../src/server/contract/overview.ts";
import { useApi } from "../api/context.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, TextInput } from "../ui/field.tsx";

interface LimitDialogProps {
  readonly limit: Capacity["limits"][number] | null; // null = another one
  readonly onClose: () => void;
}

/** Sets a limit for all code of the namespace, whatever the code says. */
export function LimitDialog({ limit, onClose }: LimitDialogProps) {
  const api = useApi();
  const queries = useQueryClient();
  const [name, setName] = useState(limit?.name ?? "");
  const [slots, setSlots] = useState(String(limit?.slots ?? 1));
  const [decay, setDecay] = useState(limit === null || limit.decay === 0 ? "" : String(limit.decay));
  const set = useMutation({
    mutationFn: async () =>
      api.ask("setLimit", {
        params: { name: name.trim() },
        body: { slots: Number(slots), decay: decay === "" ? null : Number(decay) },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["capacity"] });
      onClose();
    },
  });
  return (
    <Dialog isOpen onClose={onClose} title={limit === null ? "Set a limit" : `Set the limit ${limit.name}`}>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          set.mutate();
        }}
      >
        {limit === null && (
          <Field id="limit-name" label="Name" hint="As the code names it.">
            <TextInput
              id="limit-name"
              required
              value={name}
              onChange={({ target }) => setName(target.value)}
            />
          </Field>
        )}
        <Amounts
          slots={slots}
          onSlots={setSlots}
          decay={decay}
          onDecay={setDecay}
          problem={set.error?.message}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" look="primary" disabled={set.isPending}>
            Set for all code
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface AmountsProps {
  readonly slots: string;
  readonly onSlots: (slots: string) => void;
  readonly decay: string;
  readonly onDecay: (decay: string) => void;
  readonly problem: string | undefined;
}

function Amounts({ slots, onSlots, decay, onDecay, problem }: AmountsProps) {
  return (
    <>
      <Field id="limit-slots" label="Slots" hint="So many at a time. With 0, nobody gets one.">
        <TextInput
          id="limit-slots"
          type="number"
          min={0}
          step={1}
          required
          value={slots}
          onChange={({ target }) => onSlots(target.value)}
        />
      </Field>
      <Field
        id="limit-decay"
        label="Slots that come free each second"
        hint="Makes it a rate. Empty: a slot comes free when it is given back."
        problem={problem}
      >
        <TextInput
          id="limit-decay"
          type="number"
          min={0}
          step="any"
          value={decay}
          onChange={({ target }) => onDecay(target.value)}
        />
      </Field>
    </>
  );
}
