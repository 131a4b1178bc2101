// The fan-in or fan-out of a signal as a schematic: sources left, loads right, expandable node by node.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import * as api from "../api";
import { CodeBlock } from "../code/Code";
import { Canvas } from "../graph/Canvas";
import { addSteps, emptyCone, NODE_HEIGHT, shorten, toElk, type Cone, type ConeNode } from "../graph/cone";
import { layout, pathOf, warmUp, type ElkNode } from "../graph/layout";
import { navigate, to } from "../router";
import type { Edge, TraceResponse } from "../types";
import { Element } from "../ui/Inspector";
import { Icon } from "../ui/icons";
import { NameInput } from "../ui/NameInput";
import { Ambiguous, count, Empty, Failure, useLoad, useTitle, Warnings } from "../ui/parts";

type Direction = "fanin" | "fanout";

const MAX_NODES = 600;

const requestOf = (signals: string[], direction: Direction, depth: number, registers: boolean, clocks: boolean): api.TraceRequest => ({
  signals,
  direction: direction === "fanin" ? "TRACE_DIRECTION_FANIN" : "TRACE_DIRECTION_FANOUT",
  maxDepth: depth,
  maxNodes: MAX_NODES,
  includeClockReset: clocks,
  stop: { registers },
});

function edgeClass(edge: Edge): string {
  const role = edge.role === "ROLE_DATA" ? "" : edge.role.slice(5).toLowerCase();
  return `${edge.assignment.slice(11).toLowerCase()} ${role}`;
}

function describe(node: ConeNode): string {
  return [node.node.kind, node.scope ? `${node.scope}.${node.label}` : node.label, node.isRegister ? "register" : "", node.goesOn ? "goes on" : ""]
    .filter(Boolean)
    .join(", ");
}

function Shape({ node, width, height }: { node: ConeNode; width: number; height: number }) {
  const clock = <path class="clock" d={`M0 ${height - 14}l7 4.500l-7 4.500`} />;
  if (node.node.kind === "port") {
    const tip = 10;
    const body = <path class="body" d={`M0 4a4 4 0 0 1 4-4H${width - tip}L${width} ${height / 2}L${width - tip} ${height}H4a4 4 0 0 1-4-4Z`} />;
    return <>{body}{node.isRegister && clock}</>;
  }
  return (
    <>
      <rect class="body" width={width} height={height} rx={node.isRegister ? 2 : 9} />
      {node.isRegister && clock}
    </>
  );
}

interface PictureProps {
  cone: Cone;
  placed: ElkNode;
  direction: Direction;
  selected: string;
  fitKey: string;
  fileName: string;
  select: (key: string) => void;
  expand: (key: string) => void;
}

function Picture({ cone, placed, direction, selected, fitKey, fileName, select, expand }: PictureProps) {
  const places = useMemo(() => new Map((placed.children ?? []).map((child) => [child.id, child])), [placed]);
  const group = useRef<SVGGElement>(null);
  // Those that the chosen one touches stand out.
  const touched = new Set([...cone.edges.values()].filter((e) => e.from === selected || e.to === selected).map((e) => e.key));

  const focus = (key: string) => {
    select(key);
    requestAnimationFrame(() => group.current?.querySelector<SVGGElement>(`[data-key="${CSS.escape(key)}"]`)?.focus());
  };
  const onKey = (key: string): boolean => {
    const here = places.get(selected);
    if (!here) return false;
    if (key === "e" || key === "Enter") {
      expand(selected);
      return true;
    }
    const middle = (place: ElkNode) => place.y! + NODE_HEIGHT / 2;
    const nearest = (keys: string[]) =>
      keys.sort((a, b) => Math.abs(middle(places.get(a)!) - middle(here)) - Math.abs(middle(places.get(b)!) - middle(here)))[0];
    let next: string | undefined;
    if (key === "ArrowLeft") next = nearest([...cone.edges.values()].filter((e) => e.to === selected).map((e) => e.from));
    else if (key === "ArrowRight") next = nearest([...cone.edges.values()].filter((e) => e.from === selected).map((e) => e.to));
    else if (key === "ArrowUp" || key === "ArrowDown") {
      const sign = key === "ArrowUp" ? -1 : 1;
      next = [...places.values()]
        .filter((place) => sign * (place.y! - here.y!) > 0)
        .map((place) => ({ id: place.id, cost: Math.abs(place.y! - here.y!) + 3 * Math.abs(place.x! - here.x!) }))
        .sort((a, b) => a.cost - b.cost)[0]?.id;
    } else return false;
    if (next) focus(next);
    return true;
  };

  const center = places.get(selected);
  return (
    <Canvas
      width={placed.width!}
      height={placed.height!}
      label={`${direction === "fanin" ? "Fan-in" : "Fan-out"} as a schematic, ${count(cone.nodes.size, "signal")}`}
      fileName={fileName}
      fitKey={fitKey}
      center={center ? { x: center.x!, y: center.y!, width: center.width!, height: center.height! } : undefined}
      onKey={onKey}
    >
      <g ref={group}>
        {(placed.edges ?? []).map((edge) => {
          const known = cone.edges.get(edge.id);
          return known && <path class={`edge ${edgeClass(known.edge)}${touched.has(edge.id) ? " touched" : ""}`} d={pathOf(edge)} key={edge.id} />;
        })}
        {(placed.children ?? []).map((place) => {
          const node = cone.nodes.get(place.id);
          if (!node) return null;
          const name = node.label + (node.node.width ? ` ${node.node.width}` : "");
          const left = direction === "fanin";
          return (
            <g
              key={place.id}
              data-key={place.id}
              class={`node ${node.node.kind}${node.isRegister ? " register" : ""}${node.isRoot ? " root" : ""}${place.id === selected ? " selected" : ""}`}
              transform={`translate(${place.x} ${place.y})`}
              role="button"
              aria-pressed={place.id === selected}
              tabindex={place.id === selected ? 0 : -1}
              onClick={() => focus(place.id)}
              onDblClick={() => expand(place.id)}
            >
              <title>{describe(node)}</title>
              <Shape node={node} width={place.width!} height={place.height!} />
              <text class="label" x={13} y={node.scope ? 18 : 25}>
                {shorten(node.label)}
                {name.length <= 34 && node.node.width && <tspan class="width"> {node.node.width}</tspan>}
              </text>
              {node.scope && (
                <text class="scope" x={13} y={32}>
                  {shorten(node.scope, true)}
                </text>
              )}
              {node.goesOn && (
                <g class="more" onClick={(event) => (event.stopPropagation(), focus(place.id), expand(place.id))}>
                  <title>Expand</title>
                  <circle cx={left ? 0 : place.width! + 0} cy={place.height! / 2} r={8} />
                  <path d={`M${(left ? 0 : place.width!) - 4} ${place.height! / 2}h8m-4-4v8`} />
                </g>
              )}
            </g>
          );
        })}
      </g>
    </Canvas>
  );
}

// What makes the flow into, or out of, the chosen signal.
function Statement({ repo, cone, selected }: { repo: string; cone: Cone; selected: string }) {
  const flow = [...cone.edges.values()].find((e) => e.to === selected && e.edge.statement) ?? [...cone.edges.values()].find((e) => e.from === selected && e.edge.statement);
  const statement = flow?.edge.statement;
  const { value } = useLoad(statement ? statement.resourceName : null, (signal) =>
    api.source(repo, statement!.path, Math.max(1, statement!.startLine - 1), statement!.endLine + 1, signal),
  );
  if (!statement || !value) return null;
  return (
    <section>
      <h3>Made by</h3>
      {flow.edge.guard && <div class="guard mono">when {flow.edge.guard}</div>}
      <CodeBlock
        path={statement.path}
        text={value.source.text}
        firstLine={value.source.range.startLine}
        focus={statement.startLine}
        maxLines={9}
        href={(line) => to.file(repo, statement.path, line)}
      />
    </section>
  );
}

function Selected({ repo, cone, selected, expand, close }: { repo: string; cone: Cone; selected: string; expand: () => void; close: () => void }) {
  const node = cone.nodes.get(selected);
  const { value, error, loading } = useLoad(node ? node.node.resourceName : null, (signal) =>
    api.node(repo, { node: node!.node.resourceName, maxEdges: 40, maxHierarchicalPaths: 4 }, signal),
  );
  if (!node) return null;
  return (
    <aside class={`inspector${loading ? " loading" : ""}`} aria-label="Signal">
      <button class="ghost close" aria-label="Close" onClick={close}>
        <Icon name="close" />
      </button>
      {error !== undefined && <Failure error={error} />}
      {value?.node && (
        <>
          <Element repo={repo} response={value} />
          <Statement repo={repo} cone={cone} selected={selected} />
          {node.goesOn && (
            <button class="wide" onClick={expand}>
              Expand <kbd>e</kbd>
            </button>
          )}
        </>
      )}
    </aside>
  );
}

function Legend() {
  return (
    <ul class="legend" aria-label="Legend">
      <li><i class="register" /> register</li>
      <li><i class="net" /> net, variable</li>
      <li><i class="port" /> port</li>
      <li><b class="nonblocking" /> through a register</li>
      <li><b class="control" /> decides</li>
      <li><b class="connection" /> port connection</li>
    </ul>
  );
}

export function ConePage({ repo, query }: { repo: string; query: URLSearchParams }) {
  const signal = query.get("signal") ?? "";
  const direction: Direction = query.get("dir") === "fanout" ? "fanout" : "fanin";
  const depth = Number(query.get("depth")) || 4;
  const registers = query.get("stop") === "register";
  const clocks = query.has("clocks");
  const expanded = (query.get("x") ?? "").split(",").filter(Boolean);
  useTitle(signal && `${direction} ${signal}`);
  useEffect(warmUp, []);

  const change = (changes: Record<string, string | null>, replace = false) => {
    const next = new URLSearchParams(query);
    for (const [name, value] of Object.entries(changes)) value === null ? next.delete(name) : next.set(name, value);
    navigate(`/r/${repo}/cone?${next}`, replace);
  };

  // A node's id is a stable name only with its repository.
  const nameOf = (text: string) => (/^[0-9a-f]{32}$/.test(text) ? `repositories/${repo}/nodes/${text}` : text);
  const walkKey = signal ? [repo, signal, direction, depth, registers, clocks].join("\n") : null;
  const walk = useLoad<TraceResponse>(walkKey, (abort) => api.trace(repo, requestOf([nameOf(signal)], direction, depth, registers, clocks), abort));
  const [picture, setPicture] = useState<{ cone: Cone; placed: ElkNode; walkKey: string | null }>();
  const [selected, setSelected] = useState("");
  const [failure, setFailure] = useState<unknown>();

  useEffect(() => {
    setFailure(undefined);
    const steps = walk.value?.steps;
    if (!steps?.length) return setPicture(undefined);
    let wanted = true;
    const cone = emptyCone();
    addSteps(cone, steps, direction);
    const root = [...cone.nodes.keys()][0]!;
    void (async () => {
      for (const id of expanded) {
        const node = [...cone.nodes.values()].find((candidate) => candidate.node.resourceName.endsWith(id));
        if (!node) continue;
        const path = node.scope ? `${node.scope}.${node.label}` : node.node.resourceName;
        const ask = (name: string) => api.trace(repo, requestOf([name], direction, 1, false, clocks));
        // By its path it is the signal in this instance; a path that does not resolve is still a node.
        const further = await ask(path).catch(() => ask(node.node.resourceName));
        addSteps(cone, further.steps.length ? further.steps : (await ask(node.node.resourceName)).steps, direction, node.key);
      }
      const { children, edges } = toElk(cone);
      const placed = await layout(children, edges);
      if (!wanted) return;
      setPicture({ cone, placed, walkKey });
      setSelected((before) => (cone.nodes.has(before) ? before : root));
    })().catch((error) => wanted && setFailure(error));
    return () => {
      wanted = false;
    };
  }, [walk.value, query.get("x")]);

  const expand = (key: string) => {
    const node = picture?.cone.nodes.get(key);
    if (!node) return;
    const id = api.idOf(node.node.resourceName);
    if (!expanded.includes(id)) change({ x: [...expanded, id].join(",") }, true);
  };

  const shown = picture && walk.value?.steps.length ? picture : undefined;
  const root = shown ? [...shown.cone.nodes.values()][0] : undefined;
  const title = root ? (root.scope ? `${root.scope}.${root.label}` : root.label) : /^[0-9a-f]{32}$/.test(signal) ? "" : signal;
  return (
    <div class={`conepage${shown && selected ? " inspecting" : ""}`}>
      <div class="toolbar">
        <h1 class="hidden">Cone of {title || "a signal"}</h1>
        <NameInput repo={repo} label="Signal" value={title} where=":Signal" onChange={(name) => change({ signal: name, x: null })} />
        <div class="segments" role="group" aria-label="Direction">
          <button aria-pressed={direction === "fanin"} onClick={() => change({ dir: "fanin", x: null })}>
            <Icon name="conein" /> Fan-in
          </button>
          <button aria-pressed={direction === "fanout"} onClick={() => change({ dir: "fanout", x: null })}>
            <Icon name="coneout" /> Fan-out
          </button>
        </div>
        <label>
          Depth
          <input type="number" min={1} max={64} value={depth} onChange={(event) => change({ depth: event.currentTarget.value }, true)} />
        </label>
        <label class="check">
          <input type="checkbox" checked={registers} onChange={() => change({ stop: registers ? null : "register" }, true)} /> stop at registers
        </label>
        <label class="check">
          <input type="checkbox" checked={clocks} onChange={() => change({ clocks: clocks ? null : "1" }, true)} /> clocks and resets
        </label>
        <span class="muted" role="status">
          {shown && `${count(shown.cone.nodes.size, "signal")}${walk.value?.truncated ? ", cut at a limit" : ""}${walk.value?.design ? `, design ${walk.value.design}` : ""}`}
        </span>
      </div>
      {walk.error !== undefined && <div class="pad"><Failure error={walk.error} /></div>}
      {failure !== undefined && <div class="pad"><Failure error={failure} /></div>}
      {walk.value && <Warnings texts={walk.value.warnings} />}
      {walk.value && walk.value.ambiguous.length > 0 && (
        <Ambiguous names={walk.value.ambiguous} href={(node) => to.cone(repo, api.idOf(node.resourceName), direction)} />
      )}
      {!signal && (
        <Empty title="What can change a signal, and what it can change">
          <p>Name a signal: its own name, its module's and its own (fifo.full), or a path in the hierarchy (top.u_fifo.full).</p>
        </Empty>
      )}
      {shown && (
        <>
          <div class="picture">
            <Picture
              cone={shown.cone}
              placed={shown.placed}
              direction={direction}
              selected={selected}
              fitKey={shown.walkKey ?? ""}
              fileName={`${title || "cone"}.svg`}
              select={setSelected}
              expand={expand}
            />
            <Legend />
          </div>
          {selected && <Selected repo={repo} cone={shown.cone} selected={selected} expand={() => expand(selected)} close={() => setSelected("")} />}
        </>
      )}
    </div>
  );
}
