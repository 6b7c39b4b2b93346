import { NotAvailable } from "../suite/words.ts";

/** Workflow SDK: its functions exist only after a bundler's plug-in has compiled them into routes of a web server. */
export const engine = {
  open: async () => {
    throw new NotAvailable(
      "its workflows have to be compiled into routes of a web framework, which this suite does not do yet",
    );
  },
};
