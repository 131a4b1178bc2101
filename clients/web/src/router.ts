// Where the user is, as the address says it: everything that can be seen has an address.
import { useEffect, useState } from "preact/hooks";

export interface Location {
  path: string;
  query: URLSearchParams;
  hash: string;
}

const here = (): Location => ({
  path: window.location.pathname,
  query: new URLSearchParams(window.location.search),
  hash: window.location.hash.slice(1),
});

const listeners = new Set<() => void>();
const tell = () => listeners.forEach((listener) => listener());
window.addEventListener("popstate", tell);

export function navigate(to: string, replace = false): void {
  if (to === window.location.pathname + window.location.search + window.location.hash) return;
  window.history[replace ? "replaceState" : "pushState"](null, "", to);
  tell();
}

export function useLocation(): Location {
  const [location, setLocation] = useState(here);
  useEffect(() => {
    const listener = () => setLocation(here());
    listeners.add(listener);
    listener();
    return () => void listeners.delete(listener);
  }, []);
  return location;
}

// Links within the application do not load the page anew.
document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const link = (event.target as Element).closest("a");
  if (!link || link.target || link.origin !== window.location.origin || link.hasAttribute("download")) return;
  if (link.pathname.startsWith("/v1") || link.pathname === "/openapi.json") return;
  event.preventDefault();
  navigate(link.pathname + link.search + link.hash);
});

function withQuery(path: string, query: Record<string, string | number | undefined>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") parameters.set(name, String(value));
  }
  return parameters.size > 0 ? `${path}?${parameters}` : path;
}

const encode = (path: string) => path.split("/").map(encodeURIComponent).join("/");

export const to = {
  search: (q: string, repo = "") => withQuery("/search", { q, repo }),
  file: (repo: string, path: string, line?: number, endLine?: number) =>
    `/r/${repo}/file/${encode(path)}${line ? `#L${line}${endLine && endLine > line ? `-${endLine}` : ""}` : ""}`,
  tree: (repo: string, top = "") => withQuery(`/r/${repo}/tree`, { top }),
  schematic: (repo: string, module: string) => withQuery(`/r/${repo}/schematic`, { module }),
  cone: (repo: string, signal: string, direction: "fanin" | "fanout" = "fanin", depth?: number) =>
    withQuery(`/r/${repo}/cone`, { signal, dir: direction, depth }),
  query: (q = "", repo = "") => withQuery("/query", { q, repo }),
  status: () => "/status",
};
