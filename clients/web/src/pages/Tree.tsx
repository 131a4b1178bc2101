// The hierarchy of instances: a tree (WAI-ARIA) that loads as it opens, and the element chosen.
import { useMemo, useRef, useState } from "preact/hooks";
import * as api from "../api";
import { navigate, to } from "../router";
import type { HierarchyNode } from "../types";
import { Inspector } from "../ui/Inspector";
import { NameInput } from "../ui/NameInput";
import { Ambiguous, count, Empty, Failure, useLoad, useTitle, Warnings } from "../ui/parts";

interface Item {
  key: string;
  depth: number;
  name: string;
  module: string;
  below: number;
  node: HierarchyNode;
  childCount: number | undefined;
}

export function TreePage({ repo, top }: { repo: string; top: string }) {
  useTitle(top ? `${top} in ${repo}` : `Hierarchy of ${repo}`);
  const { value, error, loading } = useLoad(`${repo} ${top}`, (signal) =>
    api.hierarchy(repo, { top, maxDepth: 1, counts: true, parameters: true }, signal),
  );
  const [children, setChildren] = useState(new Map<string, HierarchyNode[]>());
  const [open, setOpen] = useState(new Set<string>());
  const [selected, setSelected] = useState("");
  const [filter, setFilter] = useState("");
  const list = useRef<HTMLUListElement>(null);

  const items = useMemo(() => {
    const rows: Item[] = [];
    const nodes = value?.nodes ?? [];
    const first = new Map<number, HierarchyNode[]>();
    nodes.forEach((node) => {
      if (node.parent !== undefined) first.set(node.parent, [...(first.get(node.parent) ?? []), node]);
    });
    const add = (node: HierarchyNode, path: string, depth: number, known: HierarchyNode[] | undefined) => {
      const below = known ?? children.get(path);
      rows.push({ key: path, depth, name: node.name, module: node.module, below: Number(node.instancesBelow), node, childCount: below?.length });
      if (open.has(path) || (depth === 0 && top && !open.has(`-${path}`))) {
        for (const child of below ?? []) add(child, `${path}.${child.name}`, depth + 1, undefined);
      }
    };
    const tops = nodes
      .map((node, index) => ({ node, index }))
      .filter(({ node }) => node.parent === undefined)
      .filter(({ node }) => !filter || node.module.toLowerCase().includes(filter.toLowerCase()))
      .sort((a, b) => (top ? 0 : Number(b.node.instancesBelow) - Number(a.node.instancesBelow)));
    for (const { node, index } of tops) add(node, node.name, 0, first.get(index) ?? []);
    return rows;
  }, [value, children, open, filter, top]);

  const isOpen = (item: Item) => open.has(item.key) || (item.depth === 0 && top !== "" && !open.has(`-${item.key}`));
  const toggle = async (item: Item, wanted = !isOpen(item)) => {
    const next = new Set(open);
    next.delete(item.key);
    next.delete(`-${item.key}`);
    next.add(wanted ? item.key : `-${item.key}`);
    setOpen(next);
    if (wanted && item.childCount === undefined && !children.has(item.key)) {
      const target = item.node.definition ? api.idOf(item.node.definition.resourceName) : "";
      const found = await api.hierarchy(repo, {
        top: target ? `repositories/${repo}/nodes/${target}` : item.module,
        maxDepth: 1,
        counts: true,
        parameters: true,
      });
      setChildren((before) => new Map(before).set(item.key, found.nodes.filter((node) => node.parent === 0)));
    }
  };

  const focus = (key: string) => {
    setSelected(key);
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const index = items.findIndex((item) => item.key === selected);
    const item = items[index];
    let target: Item | undefined;
    if (event.key === "ArrowDown") target = items[index + 1];
    else if (event.key === "ArrowUp") target = items[index - 1];
    else if (event.key === "Home") target = items[0];
    else if (event.key === "End") target = items.at(-1);
    else if (item && event.key === "ArrowRight") isOpen(item) ? (target = items[index + 1]) : void toggle(item, true);
    else if (item && event.key === "ArrowLeft") {
      if (isOpen(item)) void toggle(item, false);
      else target = items.slice(0, index).findLast((other) => other.depth < item.depth);
    } else if (item?.node.definition && event.key === "Enter") {
      navigate(to.file(repo, item.node.definition.path, item.node.definition.startLine, item.node.definition.endLine));
    } else return;
    event.preventDefault();
    if (target) focus(target.key);
  };

  const chosen = items.find((item) => item.key === selected)?.node;
  const subject = chosen?.instance ?? chosen?.definition;
  const module = chosen?.module ?? "";
  const tops = items.filter((item) => item.depth === 0).length;
  return (
    <div class={`treepage${subject ? " inspecting" : ""}`}>
      <div class="toolbar">
        <h1 class={top ? "hidden" : ""}>{top ? `Hierarchy below ${top}` : `Hierarchy of ${repo}`}</h1>
        <NameInput repo={repo} label="Top module" value={top} where=":Module" onChange={(name) => navigate(to.tree(repo, name))} />
        {!top && (
          <input type="text" class="filter" aria-label="Filter tops" placeholder="Filter tops…" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
        )}
        <span class="muted" role="status">
          {value && (top ? count(items[0]?.below ?? 0, "instance") + " below" : `${count(tops, "module")} that nothing instantiates`)}
        </span>
      </div>
      {error !== undefined && <div class="pad"><Failure error={error} /></div>}
      {value && <Warnings texts={value.warnings} />}
      {value && value.ambiguous.length > 0 && <Ambiguous names={value.ambiguous} href={(node) => to.file(repo, node.path, node.startLine)} />}
      {value && items.length === 0 && value.ambiguous.length === 0 && <Empty title="No modules" />}
      <ul class={`tree${loading ? " loading" : ""}`} role="tree" aria-label="Instances" ref={list} onKeyDown={onKeyDown}>
        {items.map((item, index) => {
          const expandable = item.below > 0;
          const overridden = item.node.writtenParameters.filter((p) => p.overridden && p.name !== p.value);
          return (
            <li
              role="treeitem"
              aria-level={item.depth + 1}
              aria-expanded={expandable ? isOpen(item) : undefined}
              aria-selected={item.key === selected}
              tabIndex={item.key === selected || (!selected && index === 0) ? 0 : -1}
              data-key={item.key}
              key={item.key}
              style={{ "--depth": item.depth }}
              onClick={() => focus(item.key)}
              onDblClick={() => expandable && void toggle(item)}
            >
              <span class={`twist${expandable ? "" : " none"}`} onClick={(event) => (event.stopPropagation(), setSelected(item.key), void toggle(item))} />
              {item.name !== item.module && <strong class="mono">{item.name}</strong>}
              <span class={`mono ${item.name === item.module ? "strong" : "muted"}`}>{item.module}</span>
              {!item.node.definition && <span class="tag">not here</span>}
              {item.node.recursive && <span class="tag">recursive</span>}
              {overridden.length > 0 && (
                <span class="parameters mono">#({overridden.map((p) => `${p.name}=${p.value}`).join(", ")})</span>
              )}
              {expandable && <span class="times">{item.below.toLocaleString("en")}</span>}
            </li>
          );
        })}
      </ul>
      {subject && (
        <Inspector
          repo={repo}
          subject={{ node: api.idOf((chosen?.definition ?? subject).resourceName) }}
          close={() => setSelected("")}
          key={module}
        />
      )}
    </div>
  );
}
