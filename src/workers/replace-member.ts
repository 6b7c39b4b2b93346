/**
 * Replaces a function that others share; returns the way back. When somebody else has replaced it meanwhile, it stays as
 * it is: what stands here must answer as always when it is not needed any more.
 */
export function replaceMember<T extends object, K extends keyof T & string>(
  target: T,
  name: K,
  make: (real: T[K]) => T[K],
): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name);
  const value = make(target[name]);
  Object.defineProperty(target, name, {
    value,
    writable: true,
    configurable: true,
    enumerable: before?.enumerable ?? true,
  });
  return () => {
    if (target[name] !== value) return;
    if (before === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, before);
  };
}
