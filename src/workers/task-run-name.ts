/**
 * What people call a call of a flow: "extract-0", "stats-0[3]"; in a later attempt of the flow and in scopes with the way
 * to it, "extract-0 (attempt 2)", "race-0/quick-0".
 */
export function taskRunName(key: string): string {
  if (!key.startsWith("~")) return counted(key);
  const [, attempt = "", rest = key] = /^~(\d+)\/(.*)$/s.exec(key) ?? [];
  return `${counted(rest)} (attempt ${attempt})`;
}

function counted(key: string): string {
  return key.replaceAll(/#(\d+)/g, (_match, count: string) => `-${Number(count) - 1}`);
}

/** Whether people mean this call: by its key, in any attempt of the flow; by what they call it; by its name alone. */
export function isCallNamed(key: string, asked: string): boolean {
  const base = key.replace(/^~\d+\//, "");
  if (key === asked || base === asked) return true;
  if (taskRunName(key) === asked || taskRunName(base) === asked) return true;
  const [, name] = /^(?:[^[#/]+#\d+\/)*([^[#/]+)/.exec(base) ?? []; // below the scopes that it was called in
  return name === asked;
}
