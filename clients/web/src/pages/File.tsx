// A file: its text with every identifier leading to what it means, its outline, and the element chosen.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import * as api from "../api";
import { tokensOf, Tokens } from "../code/Code";
import type { Token } from "../code/tokens";
import { navigate, to } from "../router";
import type { Node, NodeResponse } from "../types";
import { Inspector, type Subject } from "../ui/Inspector";
import { count, Failure, family, useLoad, useTitle } from "../ui/parts";

// Lines rendered as one; those far from the view are left to the browser's content-visibility.
const BLOCK_LINES = 100;

interface Lines {
  first: number;
  last: number;
}

function readHash(hash: string): Lines | null {
  const match = /^L(\d+)(?:-(\d+))?$/.exec(hash);
  return match ? { first: Number(match[1]), last: Number(match[2] ?? match[1]) } : null;
}

function Block({ lines, first, chosen }: { lines: Token[][]; first: number; chosen: Lines | null }) {
  return (
    <div class="block" style={{ "--lines": lines.length }}>
      {lines.map((tokens, index) => {
        const number = first + index;
        const isChosen = chosen !== null && number >= chosen.first && number <= chosen.last;
        return (
          <div class={`line${isChosen ? " focus" : ""}`} id={`L${number}`} key={number}>
            <a class="number" href={`#L${number}`} data-line={number} tabIndex={-1} aria-label={`Line ${number}`}>
              {number}
            </a>
            <code>
              <Tokens tokens={tokens} />
              {"\n"}
            </code>
          </div>
        );
      })}
    </div>
  );
}

const OUTLINE_KINDS = /^(module|interface|program|package|class|primitive|checker|function|task|instance|always.*|generate|typedef|document|register|covergroup|assertion|modport)$/;

interface OutlineProps {
  repo: string;
  choose: (node: Node) => void;
}

function OutlineItem({ repo, node, depth, choose }: OutlineProps & { node: Node; depth: number }) {
  const [open, setOpen] = useState(depth === 0);
  const isScope = /^(module|interface|package|class|generate|program)$/.test(node.kind);
  const { value } = useLoad(open && isScope ? node.resourceName : null, (signal) =>
    api.node(repo, { node: node.resourceName }, signal),
  );
  const children = (value?.children ?? []).filter((child) => OUTLINE_KINDS.test(child.kind));
  return (
    <li>
      <div class="entry" style={{ paddingLeft: `${depth * 14}px` }}>
        {isScope && depth > 0 ? (
          <button class="twist" aria-expanded={open} aria-label={`Contents of ${node.name}`} onClick={() => setOpen(!open)} />
        ) : (
          <span class="twist none" />
        )}
        <a onClick={() => choose(node)} href={`#L${node.startLine}${node.endLine > node.startLine ? `-${node.endLine}` : ""}`} title={`${node.kind} ${node.name}`}>
          <span class={`bullet kind-${family(node.kind)}`} />
          <span class="mono">{node.anonymous ? node.kind.replaceAll("_", " ") : node.name}</span>
          {(node.kind === "instance" || node.anonymous) && <span class="muted mono"> {node.value}</span>}
        </a>
      </div>
      {open && children.length > 0 && (
        <ul>
          {children.map((child) => (
            <OutlineItem repo={repo} node={child} depth={depth + 1} choose={choose} key={child.resourceName} />
          ))}
        </ul>
      )}
    </li>
  );
}

function Outline({ repo, path, choose }: OutlineProps & { path: string }) {
  const { value } = useLoad(path, async (signal) => {
    const place = await api.node(repo, { position: { path, line: 1 } }, signal);
    const file = place.ancestors[0] ?? place.node!;
    return file.kind === "file" ? api.node(repo, { node: file.resourceName }, signal) : place;
  });
  const items = (value?.children ?? []).filter((child) => OUTLINE_KINDS.test(child.kind));
  return (
    <nav class="outline" aria-label="Outline of the file">
      <h2>Outline</h2>
      <ul>
        {items.map((node) => (
          <OutlineItem repo={repo} node={node} depth={0} choose={choose} key={node.resourceName} />
        ))}
      </ul>
      {value && items.length === 0 && <p class="muted">Nothing in it to list.</p>}
    </nav>
  );
}

// The qualified name of the innermost named scope around a place.
function scopeOf(response: NodeResponse): string {
  const around = [...response.ancestors, ...(response.node ? [response.node] : [])];
  const scope = around.reverse().find((node) => /^(module|interface|program|package|class|generate|function|task)$/.test(node.kind) && !node.anonymous);
  return scope?.qualifiedName ?? "";
}

export function FilePage({ repo, path, hash }: { repo: string; path: string; hash: string }) {
  const name = path.slice(path.lastIndexOf("/") + 1);
  useTitle(name);
  const { value, error } = useLoad(`${repo} ${path}`, (signal) => api.source(repo, path, 0, 0, signal));
  const text = value?.source.text ?? "";
  const lines = useMemo(() => tokensOf(path, text), [path, text]);
  const chosen = readHash(hash);
  const [subject, setSubject] = useState<Subject | null>(null);
  const anchor = useRef<number>();

  // What the address points at is shown; the element there is inspected, unless another is.
  useEffect(() => {
    if (!value || !chosen) return;
    document.getElementById(`L${Math.max(1, chosen.first - 5)}`)?.scrollIntoView({ block: "start" });
    if (subject) return;
    const abort = new AbortController();
    void api.node(repo, { position: { path, line: chosen.first } }, abort.signal).then(
      (found) => found.node && found.node.kind !== "file" && setSubject({ node: api.idOf(found.node.resourceName) }),
      () => undefined, // a line without an element
    );
    return () => abort.abort();
  }, [value, hash]);

  const inspectName = async (identifier: string, line: number, column: number) => {
    const around = await api.node(repo, { position: { path, line, column } });
    setSubject({ name: identifier, scope: scopeOf(around) });
  };

  const onClick = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    const number = target.closest<HTMLElement>("a.number");
    if (number) {
      event.preventDefault();
      const line = Number(number.dataset.line);
      const from = event.shiftKey && anchor.current ? anchor.current : line;
      anchor.current = from;
      const [first, last] = from <= line ? [from, line] : [line, from];
      navigate(to.file(repo, path, first, last), true);
      return;
    }
    const token = target.closest<HTMLElement>(".t-name, .t-macro");
    if (!token || window.getSelection()?.toString()) return;
    const row = token.closest(".line")!;
    const before = document.createRange();
    before.setStart(row.querySelector("code")!, 0);
    before.setEndBefore(token);
    const line = Number(row.id.slice(1));
    const column = new TextEncoder().encode(before.toString()).length + 1;
    document.querySelectorAll(".t-chosen").forEach((element) => element.classList.remove("t-chosen"));
    token.classList.add("t-chosen");
    void inspectName(token.textContent!.replace(/^`/, ""), line, column);
  };

  if (error !== undefined) return <div class="pad"><Failure error={error} /></div>;
  const folders = path.split("/");
  return (
    <div class={`filepage${subject ? " inspecting" : ""}`}>
      <div class="crumbs">
        <h1 class="mono">
          <a href={to.tree(repo)}>{repo}</a>
          {folders.map((folder, index) => (
            <>
              <span class="muted">/</span>
              {index + 1 < folders.length ? (
                <a href={to.search(`file:${folders.slice(0, index + 1).join("/")}/`, repo)}>{folder}</a>
              ) : (
                <strong>{folder}</strong>
              )}
            </>
          ))}
        </h1>
        {value && (
          <span class="muted">
            {count(value.source.totalLines, "line")}
            {value.source.license && ` · ${value.source.license}`}
            {` · snapshot ${api.idOf(value.snapshot)}`}
          </span>
        )}
      </div>
      <Outline repo={repo} path={path} choose={(node) => setSubject({ node: api.idOf(node.resourceName) })} />
      <pre class="code whole" onClick={onClick} style={{ "--digits": String(lines.length).length }} tabIndex={0} aria-label={`Text of ${name}`}>
        {value &&
          Array.from({ length: Math.ceil(lines.length / BLOCK_LINES) }, (_, block) => (
            <Block
              lines={lines.slice(block * BLOCK_LINES, (block + 1) * BLOCK_LINES)}
              first={block * BLOCK_LINES + 1}
              chosen={chosen}
              key={block}
            />
          ))}
      </pre>
      {subject && <Inspector repo={repo} subject={subject} close={() => setSubject(null)} />}
    </div>
  );
}
