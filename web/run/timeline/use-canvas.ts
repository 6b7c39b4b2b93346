import { type RefObject, useEffect, useLayoutEffect, useState } from "react";
import { type Palette, readPalette } from "./palette.ts";

export interface Size {
  readonly width: number; // px of the page
  readonly height: number;
}

/** How large an element is, as it changes. */
export function useSize(element: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const target = element.current;
    if (target === null) return;
    const read = (): void => setSize({ width: target.clientWidth, height: target.clientHeight });
    read();
    const observer = new ResizeObserver(read);
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return size;
}

/** The colours of the theme; read again when somebody changes it. */
export function usePalette(): Palette | null {
  const [palette, setPalette] = useState<Palette | null>(null);
  useEffect(() => {
    const read = (): void => {
      const style = getComputedStyle(document.documentElement);
      setPalette(readPalette((token) => style.getPropertyValue(token).trim()));
    };
    read();
    const observer = new MutationObserver(read);
    observer.observe(document.documentElement, { attributeFilter: ["data-theme", "data-palette"] });
    return () => observer.disconnect();
  }, []);
  return palette;
}

/** The brush of a canvas that is sharp on every screen; null = the browser gives none. */
export function brushFor(
  canvas: HTMLCanvasElement,
  { width, height }: Size,
): CanvasRenderingContext2D | null {
  const ratio = globalThis.devicePixelRatio;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  const brush = canvas.getContext("2d");
  brush?.setTransform(ratio, 0, 0, ratio, 0, 0);
  brush?.clearRect(0, 0, width, height);
  return brush;
}
