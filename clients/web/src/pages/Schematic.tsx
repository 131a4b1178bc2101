// The inside of a module as a schematic; instances open in place.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import * as api from "../api";
import { Canvas } from "../graph/Canvas";
import { draw, loadInside, type Drawing, type Inside, type Shape } from "../graph/instances";
import { layout, pathOf, textWidth, type ElkNode, warmUp } from "../graph/layout";
import { navigate, to, useLocation } from "../router";
import { Inspector } from "../ui/Inspector";
import { NameInput } from "../ui/NameInput";
import { count, Empty, Failure, useLoad, useTitle } from "../ui/parts";

const emptyDrawing = (): Drawing => ({ children: [], edges: [], shapes: new Map(), pins: new Map(), nets: new Map() });

interface Placed {
  drawing: Drawing;
  root: ElkNode;
  key: string;
}

function Box({ place, placed, selected, select, toggle }: { place: ElkNode; placed: Placed; selected: string; select: (id: string) => void; toggle: (id: string) => void }) {
  const shape = placed.drawing.shapes.get(place.id);
  if (!shape) return null;
  const { width, height } = place as { width: number; height: number };
  const isIn = shape.kind === "port" && shape.node!.direction !== "PORT_DIRECTION_OUTPUT";
  const label = [shape.kind, shape.title, shape.subtitle, shape.expanded ? "opened" : ""].filter(Boolean).join(" ");
  return (
    <>
      <g
        class={`node ${shape.kind}${shape.expanded ? " opened" : ""}${place.id === selected ? " selected" : ""}`}
        transform={`translate(${place.x} ${place.y})`}
        role="button"
        aria-pressed={place.id === selected}
        tabindex={place.id === selected ? 0 : -1}
        data-key={place.id}
        onClick={() => select(place.id)}
        onDblClick={() => shape.expandable && toggle(place.id)}
      >
        <title>{label}</title>
        {shape.kind === "port" ? (
          <path class="body" d={`M0 4a4 4 0 0 1 4-4H${width - 10}L${width} 12L${width - 10} 24H4a4 4 0 0 1-4-4Z`} />
        ) : (
          <rect class="body" width={width} height={height} rx={shape.kind === "logic" ? 13 : shape.kind === "register" ? 2 : 5} />
        )}
        {shape.kind === "register" && <path class="clock" d={`M0 ${height - 12}l6 4l-6 4`} />}
        {shape.kind === "instance" ? (
          <>
            <text class="label" x={12} y={17}>{shape.title}</text>
            <text class="scope" x={12} y={31}>{shape.subtitle}</text>
            {!shape.expanded && <line class="rule" x1={0} x2={width} y1={39} y2={39} />}
            {shape.expandable && (
              <g class="more" onClick={(event) => (event.stopPropagation(), select(place.id), toggle(place.id))}>
                <title>{shape.expanded ? "Close" : "Open in place"}</title>
                <circle cx={width - 14} cy={15} r={8} />
                <path d={`M${width - 18} 15h8${shape.expanded ? "" : "m-4-4v8"}`} />
              </g>
            )}
          </>
        ) : (
          <text class="label small" x={shape.kind === "port" && isIn ? 9 : 12} y={shape.kind === "port" ? 16 : 17}>
            {textWidth(shape.title) > width ? `${shape.title.slice(0, Math.floor(width / 7) - 3)}…` : shape.title}
          </text>
        )}
        {(place.ports ?? []).map((port) => {
          const pin = placed.drawing.pins.get(port.id);
          if (!pin) return null;
          const x = port.x! - place.x!;
          const y = port.y! - place.y!;
          const isRight = x > width / 2;
          return (
            <g class="pin" key={port.id}>
              <title>{`.${pin.name}(${pin.actual})`}</title>
              <circle cx={x} cy={y} r={2.5} />
              <text x={isRight ? x - 7 : x + 7} y={y + 3.5} text-anchor={isRight ? "end" : "start"}>
                {pin.name}
              </text>
            </g>
          );
        })}
      </g>
      {(place.children ?? []).map((child) => (
        <Box place={child} placed={placed} selected={selected} select={select} toggle={toggle} key={child.id} />
      ))}
    </>
  );
}

function allEdges(node: ElkNode): NonNullable<ElkNode["edges"]> {
  return [...(node.edges ?? []), ...(node.children ?? []).flatMap(allEdges)];
}

function allPlaces(node: ElkNode): ElkNode[] {
  return (node.children ?? []).flatMap((child) => [child, ...allPlaces(child)]);
}

function Picture({ placed, selected, select, toggle }: { placed: Placed; selected: string; select: (id: string) => void; toggle: (id: string) => void }) {
  const places = useMemo(() => allPlaces(placed.root), [placed]);
  const group = useRef<SVGGElement>(null);
  const touched = (edge: { sources: string[]; targets: string[] }) =>
    selected !== "" && [...edge.sources, ...edge.targets].some((end) => end.slice(0, end.lastIndexOf("#")) === selected);
  const focus = (id: string) => {
    select(id);
    requestAnimationFrame(() => group.current?.querySelector<SVGGElement>(`[data-key="${CSS.escape(id)}"]`)?.focus());
  };
  const onKey = (key: string): boolean => {
    const here = places.find((place) => place.id === selected) ?? places[0];
    if (!here) return false;
    if (key === "e" || key === "Enter") {
      if (placed.drawing.shapes.get(here.id)?.expandable) toggle(here.id);
      return true;
    }
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    if (!step) return false;
    const [dx, dy] = step as [number, number];
    const next = places
      .map((place) => ({ id: place.id, along: dx * (place.x! - here.x!) + dy * (place.y! - here.y!), across: Math.abs(dy * (place.x! - here.x!)) + Math.abs(dx * (place.y! - here.y!)) }))
      .filter((place) => place.along > 4)
      .sort((a, b) => a.along + 2 * a.across - b.along - 2 * b.across)[0];
    if (next) focus(next.id);
    return true;
  };
  const center = places.find((place) => place.id === selected);
  return (
    <Canvas
      width={placed.root.width!}
      height={placed.root.height!}
      label="Schematic"
      fileName="schematic.svg"
      fitKey={placed.key}
      center={center && { x: center.x!, y: center.y!, width: Math.min(center.width!, 200), height: Math.min(center.height!, 100) }}
      onKey={onKey}
    >
      <g ref={group}>
        {(placed.root.children ?? []).map((child) => (
          <Box place={child} placed={placed} selected={selected} select={focus} toggle={toggle} key={child.id} />
        ))}
        {allEdges(placed.root).map((edge) => (
          <path class={`edge net${touched(edge) ? " touched" : ""}`} d={pathOf(edge)} key={edge.id}>
            <title>{placed.drawing.nets.get(edge.id)}</title>
          </path>
        ))}
      </g>
    </Canvas>
  );
}

export function SchematicPage({ repo, module }: { repo: string; module: string }) {
  const { query } = useLocation();
  const clocks = query.has("clocks");
  const opened = (query.get("open") ?? "").split(",").filter(Boolean);
  useTitle(module && `Schematic of ${module}`);
  useEffect(warmUp, []);
  const { value: inside, error } = useLoad<Inside>(module ? `${repo} ${module}` : null, (signal) => loadInside(repo, module, signal));
  const [placed, setPlaced] = useState<Placed>();
  const [selected, setSelected] = useState("");
  const [failure, setFailure] = useState<unknown>();
  const loaded = useRef(new Map<string, Inside>());

  const change = (changes: Record<string, string | null>, replace = false) => {
    const next = new URLSearchParams(query);
    for (const [name, value] of Object.entries(changes)) value === null ? next.delete(name) : next.set(name, value);
    navigate(`/r/${repo}/schematic?${next}`, replace);
  };
  const toggle = (id: string) => {
    const next = opened.includes(id) ? opened.filter((other) => !other.startsWith(id)) : [...opened, id];
    change({ open: next.join(",") || null }, true);
  };

  useEffect(() => {
    setFailure(undefined);
    if (!inside) return;
    let wanted = true;
    void (async () => {
      // Outer instances first: what is in them says what the inner ones are.
      const insides = new Map<string, Inside>();
      for (const id of [...opened].sort((a, b) => a.length - b.length)) {
        const outer = insides.get(id.slice(0, id.lastIndexOf("/"))) ?? inside;
        const instance = outer.instances.find((candidate) => id.endsWith(`/${api.idOf(candidate.node.resourceName)}`));
        if (!instance) continue;
        if (!loaded.current.has(instance.module)) loaded.current.set(instance.module, await loadInside(repo, instance.module));
        insides.set(id, loaded.current.get(instance.module)!);
      }
      const drawing = emptyDrawing();
      drawing.children = draw(inside, { clocks, opened: insides }, drawing);
      const root = await layout(drawing.children, drawing.edges, { "elk.spacing.nodeNode": "24" });
      if (wanted) setPlaced({ drawing, root, key: `${module} ${clocks}` });
    })().catch((reason) => wanted && setFailure(reason));
    return () => {
      wanted = false;
    };
  }, [inside, query.get("open"), clocks]);

  const shape: Shape | undefined = placed?.drawing.shapes.get(selected);
  const isEmpty = inside && inside.instances.length === 0 && inside.ports.length === 0;
  return (
    <div class={`conepage${shape?.node ? " inspecting" : ""}`}>
      <div class="toolbar">
        <h1 class="hidden">Schematic of {module || "a module"}</h1>
        <NameInput repo={repo} label="Module" value={module} where=":Module" onChange={(name) => navigate(to.schematic(repo, name))} />
        <label class="check">
          <input type="checkbox" checked={clocks} onChange={() => change({ clocks: clocks ? null : "1" }, true)} /> clocks and resets
        </label>
        <span class="muted" role="status">
          {inside && !isEmpty && `${count(inside.instances.length, "instance")}, ${count(inside.ports.length, "port")}${inside.truncated ? ", cut at a limit" : ""}`}
        </span>
      </div>
      {(error ?? failure) !== undefined && <div class="pad"><Failure error={error ?? failure} /></div>}
      {!module && (
        <Empty title="The inside of a module">
          <p>Name a module. Its instances, their pins and the nets between them are drawn left to right; each opens in place.</p>
        </Empty>
      )}
      {isEmpty && <Empty title={`No module ${module} with ports or instances in ${repo}`} />}
      {placed && inside && !isEmpty && (
        <>
          <div class="picture">
            <Picture placed={placed} selected={selected} select={setSelected} toggle={toggle} />
            <ul class="legend" aria-label="Legend">
              <li><i class="port" /> port</li>
              <li><i class="instance" /> instance</li>
              <li><i class="net" /> logic that drives the net</li>
              <li><i class="register" /> register</li>
            </ul>
          </div>
          {shape?.node && (
            <Inspector repo={repo} subject={{ node: api.idOf(shape.node.resourceName) }} close={() => setSelected("")} />
          )}
        </>
      )}
    </div>
  );
}
