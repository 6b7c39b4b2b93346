import { NotAvailable } from "../suite/words.ts";

/**
 * Workflow SDK: its functions run only after its compiler has taken workflows and steps apart (`workflow build`), as
 * handlers that a web server exposes and its queue calls; and a run is started by a name that the same compiler gives.
 */
export const engine = {
  open: async () => {
    throw new NotAvailable(
      "`workflow build` makes handlers of its workflows, and this suite has no web server that exposes them yet",
    );
  },
};
