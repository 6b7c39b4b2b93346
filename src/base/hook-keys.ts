/** What is done for a task when its transaction ends. */
export type EndHook = "rollback" | "commit";

const rollback = ".rollback";

/** The name of the task that does it: "charge.rollback". */
export function hookName(task: string, hook: EndHook): string {
  return `${task}.${hook}`;
}

/** Its key, which stands for one call of the task: "charge#2" has "charge.rollback#2", in every replay. */
export function hookKey(key: string, task: string, hook: EndHook): string {
  return rename(key, task, hookName(task, hook)) ?? `${key}.${hook}`;
}

/** The key of the call that a call of this name and key undoes; null = it is no rollback. */
export function undoneBy(name: string, key: string): string | null {
  return name.endsWith(rollback) ? rename(key, name, name.slice(0, -rollback.length)) : null;
}

/** The key with another name in its last part; null = the name is not there. */
function rename(key: string, name: string, newName: string): string | null {
  const path = `/${key}`;
  const at = Math.max(path.lastIndexOf(`/${name}#`), path.lastIndexOf(`/${name}[`));
  return at < 0 ? null : `${key.slice(0, at)}${newName}${key.slice(at + name.length)}`;
}
