// A picture to pan and zoom, with mouse, touch pad and keys.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../ui/icons";

interface View {
  x: number;
  y: number;
  scale: number;
}

interface Props {
  width: number;
  height: number;
  label: string;
  fileName: string;
  fitKey: string; // fitted anew when it changes
  center?: { x: number; y: number; width: number; height: number }; // kept in sight
  onKey?: (key: string) => boolean; // true: it was of use
  children: ComponentChildren;
}

const MIN_SCALE = 0.05;
const MAX_SCALE = 3;
// A picture is not enlarged to fill the page.
const MAX_FIT = 1.15;
// Around a picture that is fitted, and around what is brought into sight.
const MARGIN = 28;

export function Canvas({ width, height, label, fileName, fitKey, center, onKey, children }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const [view, setView] = useState<View>({ x: 0, y: 0, scale: 1 });
  const drag = useRef<{ x: number; y: number; view: View } | null>(null);
  // Until the user moves it, the picture is fitted to the frame, however that changes.
  const isFitted = useRef(true);

  const fit = () => {
    const box = frame.current!.getBoundingClientRect();
    const fits = Math.min(MAX_FIT, (box.width - 2 * MARGIN) / width, (box.height - 2 * MARGIN) / height);
    const scale = Math.max(MIN_SCALE, fits);
    isFitted.current = true;
    setView({ scale, x: (box.width - width * scale) / 2, y: (box.height - height * scale) / 2 });
  };
  useLayoutEffect(() => {
    if (width > 0) fit();
  }, [fitKey]);

  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => isFitted.current && width > 0 && fit());
    observer.observe(frame.current!);
    return () => observer.disconnect();
  }, [width, height]);

  const zoom = (factor: number, px?: number, py?: number) => {
    isFitted.current = false;
    const box = frame.current!.getBoundingClientRect();
    const x = px ?? box.width / 2;
    const y = py ?? box.height / 2;
    setView((old) => {
      const scale = Math.max(MIN_SCALE, Math.min(MAX_SCALE, old.scale * factor));
      const ratio = scale / old.scale;
      return { scale, x: x - (x - old.x) * ratio, y: y - (y - old.y) * ratio };
    });
  };

  useEffect(() => {
    const element = frame.current!;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey || Math.abs(event.deltaY) >= 50) {
        zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), event.clientX - box.left, event.clientY - box.top);
      } else {
        isFitted.current = false;
        setView((old) => ({ ...old, x: old.x - event.deltaX, y: old.y - event.deltaY }));
      }
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, []);

  // What is chosen by keys is brought into sight.
  useEffect(() => {
    if (!center) return;
    const box = frame.current!.getBoundingClientRect();
    setView((old) => {
      const left = center.x * old.scale + old.x;
      const top = center.y * old.scale + old.y;
      const dx = left < MARGIN ? MARGIN - left : Math.min(0, box.width - MARGIN - left - center.width * old.scale);
      const dy = top < MARGIN ? MARGIN - top : Math.min(0, box.height - MARGIN - top - center.height * old.scale);
      if (Math.abs(dx) < 1 && Math.abs(dy) < 1) return old;
      isFitted.current = false;
      return { ...old, x: old.x + dx, y: old.y + dy };
    });
  }, [center?.x, center?.y]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (onKey?.(event.key)) event.preventDefault();
    else if (event.key === "+" || event.key === "=") zoom(1.25);
    else if (event.key === "-") zoom(0.8);
    else if (event.key === "0") fit();
  };

  const save = () => {
    const copy = svg.current!.cloneNode(true) as SVGSVGElement;
    const style = getComputedStyle(document.documentElement);
    copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
    copy.setAttribute("width", String(width));
    copy.setAttribute("height", String(height));
    copy.querySelector("g")!.removeAttribute("transform");
    const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules].map((rule) => rule.cssText));
    const css = rules.filter((rule) => /\.(node|edge|pin|port)/.test(rule)).join("\n");
    const colours = css.replace(/var\((--[\w-]+)\)/g, (_, name: string) => style.getPropertyValue(name));
    copy.prepend(Object.assign(document.createElementNS("http://www.w3.org/2000/svg", "style"), { textContent: colours }));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" }));
    link.download = fileName;
    link.click();
    URL.revokeObjectURL(link.href);
  };

  return (
    <div
      class="canvas"
      ref={frame}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        if (event.button === 0 && !(event.target as Element).closest(".tools")) drag.current = { x: event.clientX, y: event.clientY, view };
      }}
      onPointerMove={(event) => {
        const start = drag.current;
        if (!start || event.buttons === 0) return;
        isFitted.current = false;
        setView({ ...start.view, x: start.view.x + event.clientX - start.x, y: start.view.y + event.clientY - start.y });
      }}
      onPointerUp={() => (drag.current = null)}
    >
      <svg ref={svg} role="group" aria-label={label} width="100%" height="100%">
        <g transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>{children}</g>
      </svg>
      <div class="tools" role="toolbar" aria-label="Picture">
        <button onClick={() => zoom(1.25)} aria-label="Zoom in" title="Zoom in (+)"><Icon name="plus" /></button>
        <button onClick={() => zoom(0.8)} aria-label="Zoom out" title="Zoom out (-)"><Icon name="minus" /></button>
        <button onClick={fit} aria-label="Fit" title="Fit (0)"><Icon name="fit" /></button>
        <button onClick={save} aria-label="Save as SVG" title="Save as SVG">SVG</button>
      </div>
    </div>
  );
}
