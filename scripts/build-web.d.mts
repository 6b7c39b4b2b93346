/** Ends the process when the UI cannot be built. */
export function buildWeb(): void;
