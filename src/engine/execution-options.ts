/** What an execution needs from the outside. */
export interface ExecutionPorts {
  /** Calls `done` when every microtask has run; one `setImmediate`. */
  readonly drain: (done: () => void) => void;
}

/** Which life of the flow this is, and what earlier ones leave it. */
export interface ExecutionOptions {
  readonly attempt?: number; // of the flow; 1 = first try
  readonly patches?: ReadonlySet<string>; // that are in the history
  readonly isReused?: (key: string) => boolean; // an earlier attempt has the answer to this call
  readonly seed?: string; // of what is drawn by chance; default: the run's id
}
