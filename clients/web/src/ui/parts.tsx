// Small things that several pages show.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, repositoryOf } from "../api";
import { to } from "../router";
import type { AmbiguousName, Node } from "../types";
import { Icon } from "./icons";

export function Kind({ kind }: { kind: string }) {
  return <span class={`kind kind-${family(kind)}`}>{kind.replaceAll("_", " ")}</span>;
}

// Kinds that are coloured alike.
export function family(kind: string): string {
  if (/^(module|interface|program|package|class|primitive|checker)$/.test(kind)) return "definition";
  if (/^(always|initial|final|assign|statement)/.test(kind)) return "block";
  if (/^(port|signal|parameter|enum_member|struct_field)$/.test(kind)) return "signal";
  if (kind === "instance") return "instance";
  return "other";
}

export const place = (node: Node) => `${node.path}:${node.startLine}`;

export function NodePlace({ node }: { node: Node }) {
  return (
    <a class="place" href={to.file(repositoryOf(node.resourceName), node.path, node.startLine, node.endLine)}>
      {place(node)}
    </a>
  );
}

// "always in fifo" for what has no name of its own.
export const nameOf = (node: Node) =>
  node.anonymous ? node.qualifiedName.slice(0, Math.max(0, node.qualifiedName.lastIndexOf("."))) : node.qualifiedName || node.name;

export function Failure({ error }: { error: unknown }) {
  const message = error instanceof Error ? error.message : String(error);
  // A query's position is marked by a second line.
  return (
    <div class="notice bad" role="alert">
      <Icon name="warning" />
      <pre>{message}</pre>
    </div>
  );
}

export function Warnings({ texts }: { texts: string[] }) {
  if (texts.length === 0) return null;
  return (
    <div class="notice" role="status">
      <Icon name="warning" />
      <div>{texts.map((text) => <div>{text}</div>)}</div>
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Ambiguous({ names, href }: { names: AmbiguousName[]; href: (node: Node) => string }) {
  return (
    <div class="pad">
      {names.map((name) => (
        <section>
          <h2>“{name.name}” could be any of these</h2>
          <ul class="list">
            {name.candidates.map((node) => (
              <li>
                <a class="row" href={href(node)}>
                  <Kind kind={node.kind} />
                  <span class="mono">{nameOf(node)}</span>
                  <span class="muted mono">{place(node)}</span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

export interface Loaded<T> {
  value?: T;
  error?: unknown;
  loading: boolean;
}

// Loads when its key changes; what was there stays until the new is, and a load that is no longer wanted is cancelled.
export function useLoad<T>(key: string | null, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<Loaded<T> & { key: string | null }>({ loading: key !== null, key: null });
  useEffect(() => {
    if (key === null) return setState({ loading: false, key });
    const abort = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    load(abort.signal).then(
      (value) => setState({ value, loading: false, key }),
      (error) => {
        if (!abort.signal.aborted) setState({ error, loading: false, key });
      },
    );
    return () => abort.abort();
  }, [key]);
  return state;
}

export const isNotFound = (error: unknown) => error instanceof ApiError && error.code === 5;

export const count = (value: number | string, noun: string) =>
  `${Number(value).toLocaleString("en")} ${noun}${Number(value) === 1 ? "" : "s"}`;

export function useTitle(title: string) {
  useEffect(() => {
    document.title = title ? `${title} · Fanin` : "Fanin";
  }, [title]);
}
