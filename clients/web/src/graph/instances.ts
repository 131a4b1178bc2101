// The inside of a module as a graph: its instances with their pins, its ports, and what joins them. Logic between pins
// (assignments, always blocks) is drawn as one cloud for each net that it drives.
import * as api from "../api";
import type { Node } from "../types";
import type { ElkExtendedEdge, ElkNode, ElkPort } from "./layout";
import { textWidth } from "./layout";

export interface Pin {
  name: string;
  direction: "in" | "out" | "inout";
  actual: string; // the expression connected to it
  nets: string[]; // names in it
}

export interface Instance {
  node: Node;
  module: string;
  definition: boolean; // the repository has it
  pins: Pin[];
}

export interface Inside {
  module: string;
  ports: { node: Node; direction: Pin["direction"] }[];
  instances: Instance[];
  // Nets driven by logic, and the nets that this logic reads, pins to pins.
  logic: Map<string, { sources: Set<string>; register: boolean }>;
  truncated: boolean;
}

const MAX_ROWS = 4000;

const directionOf = (node: Node): Pin["direction"] =>
  node.direction === "PORT_DIRECTION_OUTPUT" ? "out" : node.direction === "PORT_DIRECTION_INPUT" ? "in" : "inout";

// Names in an expression: not literals, not what follows a dot, not calls of the system.
export function namesIn(expression: string): string[] {
  const names = expression.replace(/\d*'[sS]?[bodhBODH]?[\w?]+|\.\s*\w+|\$\w+/g, " ").match(/[A-Za-z_]\w*/g) ?? [];
  return [...new Set(names)];
}

export const isClockOrReset = (name: string) => /(^|_)(clk|clock|rst|reset|nreset|arst|aresetn)(_?n|_?ni|_?i|\d*)?$|^(clk|rst)/i.test(name);

export async function loadInside(repo: string, module: string, signal?: AbortSignal): Promise<Inside> {
  const name = module.replaceAll("'", "");
  // Instances stand in generate blocks too.
  const of = `MATCH (m:Module {name: '${name}'})`;
  const [ports, instances, pins, flows] = await Promise.all([
    api.cypher(`${of}-[:CONTAINS]->(p:Port) RETURN p ORDER BY p.line`, repo, MAX_ROWS, signal),
    api.cypher(`${of}-[:CONTAINS*1..5]->(i:Instance) RETURN DISTINCT i`, repo, MAX_ROWS, signal),
    api.cypher(`${of}-[:CONTAINS*1..5]->(i:Instance)-[c:CONNECTS]->(p:Port) RETURN i.id, p, c.text`, repo, MAX_ROWS, signal),
    api.cypher(
      `${of}-[:CONTAINS*1..5]->(a:Signal)-[f:FLOWS]->(b:Signal) WHERE f.assignment <> 'connection' AND f.role <> 'clock' ` +
        `AND f.role <> 'reset' RETURN a.name, b.name, f.assignment`,
      repo,
      MAX_ROWS,
      signal,
    ),
  ]);
  const found = new Map<string, Instance>();
  for (const row of instances.rows) {
    const node = row.values[0]!.nodeValue!;
    found.set(api.idOf(node.resourceName), { node, module: node.value, definition: false, pins: [] });
  }
  for (const row of pins.rows) {
    const instance = found.get(api.idOf(row.values[0]!.stringValue!));
    const port = row.values[1]!.nodeValue!;
    const actual = row.values[2]?.stringValue ?? port.name;
    if (!instance || instance.pins.some((pin) => pin.name === port.name)) continue;
    instance.definition = true;
    instance.pins.push({ name: port.name, direction: directionOf(port), actual, nets: namesIn(actual) });
  }
  const inside: Inside = {
    module,
    ports: ports.rows.map((row) => ({ node: row.values[0]!.nodeValue!, direction: directionOf(row.values[0]!.nodeValue!) })),
    instances: [...found.values()],
    logic: new Map(),
    truncated: ports.truncated || instances.truncated || pins.truncated || flows.truncated,
  };
  const text = (index: number) => (row: { values: { stringValue?: string }[] }) => row.values[index]?.stringValue ?? "";
  addLogic(inside, flows.rows.map((row) => ({ from: text(0)(row), to: text(1)(row), register: text(2)(row) === "nonblocking" })));
  return inside;
}

function addLogic(inside: Inside, flows: { from: string; to: string; register: boolean }[]): void {
  const driven = new Set<string>(); // by pins and ports
  const read = new Set<string>();
  for (const instance of inside.instances) {
    for (const pin of instance.pins) for (const net of pin.nets) (pin.direction === "in" ? read : driven).add(net);
  }
  for (const port of inside.ports) (port.direction === "in" ? driven : read).add(port.node.name);
  const sourcesOf = new Map<string, Set<string>>();
  const registers = new Set<string>();
  for (const flow of flows) {
    if (!sourcesOf.has(flow.to)) sourcesOf.set(flow.to, new Set());
    sourcesOf.get(flow.to)!.add(flow.from);
    if (flow.register) registers.add(flow.to);
  }
  for (const net of read) {
    if (driven.has(net) || !sourcesOf.has(net)) continue;
    // Back through logic to what pins drive, and to registers that other pins read.
    const sources = new Set<string>();
    const seen = new Set([net]);
    const queue = [...sourcesOf.get(net)!];
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      if (driven.has(at) || read.has(at)) sources.add(at);
      else queue.push(...(sourcesOf.get(at) ?? []));
    }
    inside.logic.set(net, { sources, register: registers.has(net) });
  }
}

export interface Shape {
  id: string;
  kind: "instance" | "port" | "logic" | "register";
  title: string;
  subtitle: string;
  node?: Node;
  module?: string;
  expandable: boolean;
  expanded: boolean;
}

export interface Drawing {
  children: ElkNode[];
  edges: ElkExtendedEdge[];
  shapes: Map<string, Shape>;
  pins: Map<string, Pin>;
  nets: Map<string, string>; // edge -> net
}

const PIN_PITCH = 16;
const HEAD = 40;
// With fewer pins than this a net is drawn; one to more is named at its pins.
const MAX_NET_PINS = 24;

interface Ends {
  sources: string[];
  targets: string[];
}

// Adds the inside of a module to a drawing. `owner`: the instance that it is drawn in, whose pins are its ports.
export function draw(
  inside: Inside,
  options: { clocks: boolean; opened: Map<string, Inside> },
  drawing: Drawing,
  prefix = "",
  owner?: Instance,
): ElkNode[] {
  const nets = new Map<string, Ends>();
  const ends = (net: string) => {
    if (!nets.has(net)) nets.set(net, { sources: [], targets: [] });
    return nets.get(net)!;
  };
  const isShown = (name: string) => options.clocks || !isClockOrReset(name);
  const children: ElkNode[] = [];

  if (owner) {
    for (const pin of owner.pins.filter((p) => isShown(p.name))) {
      const id = `${prefix}#${pin.name}`;
      (pin.direction === "out" ? ends(pin.name).targets : ends(pin.name).sources).push(id);
    }
  } else {
    for (const { node, direction } of inside.ports) {
      if (!isShown(node.name)) continue;
      const id = `${prefix}port ${node.name}`;
      const width = textWidth(node.name) + 28;
      children.push({
        id,
        width,
        height: 24,
        layoutOptions: {
          "elk.layered.layering.layerConstraint": direction === "out" ? "LAST" : "FIRST",
          "elk.portConstraints": "FIXED_POS",
        },
        ports: [{ id: `${id}#`, x: direction === "out" ? 0 : width, y: 12, width: 0, height: 0, layoutOptions: { "elk.port.side": direction === "out" ? "WEST" : "EAST" } }],
      });
      drawing.shapes.set(id, { id, kind: "port", title: node.name, subtitle: node.width, node, expandable: false, expanded: false });
      (direction === "out" ? ends(node.name).targets : ends(node.name).sources).push(`${id}#`);
    }
  }

  for (const instance of inside.instances) {
    const id = `${prefix}/${api.idOf(instance.node.resourceName)}`;
    const pins = instance.pins.filter((pin) => isShown(pin.name));
    const left = pins.filter((pin) => pin.direction !== "out");
    const right = pins.filter((pin) => pin.direction === "out");
    const widest = (side: Pin[]) => Math.max(0, ...side.map((pin) => textWidth(pin.name) * 0.88));
    const width = Math.max(textWidth(instance.node.name), textWidth(instance.module) * 0.88, widest(left) + widest(right) + 12) + 28;
    const height = HEAD + Math.max(left.length, right.length, 1) * PIN_PITCH + 4;
    const ports = [...left, ...right].map((pin): ElkPort => {
      const isOut = pin.direction === "out";
      const row = (isOut ? right : left).indexOf(pin);
      const portId = `${id}#${pin.name}`;
      drawing.pins.set(portId, pin);
      for (const net of pin.nets) (isOut ? ends(net).sources : ends(net).targets).push(portId);
      return {
        id: portId,
        x: isOut ? width : 0,
        y: HEAD + row * PIN_PITCH + PIN_PITCH / 2,
        width: 0,
        height: 0,
        layoutOptions: { "elk.port.side": isOut ? "EAST" : "WEST" },
      };
    });
    const opened = options.opened.get(id);
    drawing.shapes.set(id, {
      id,
      kind: "instance",
      title: instance.node.name,
      subtitle: instance.module,
      node: instance.node,
      module: instance.module,
      expandable: instance.definition,
      expanded: opened !== undefined,
    });
    if (opened) {
      children.push({
        id,
        // The layout places them, as it sizes the box.
        ports: ports.map(({ id: portId, width: portWidth, height: portHeight, layoutOptions }) => ({ id: portId, width: portWidth, height: portHeight, layoutOptions })),
        children: draw(opened, options, drawing, id, instance),
        layoutOptions: {
          "elk.portConstraints": "FIXED_SIDE",
          "elk.padding": `[top=${HEAD + 8},left=${widest(left) + 24},bottom=20,right=${widest(right) + 24}]`,
        },
      });
    } else children.push({ id, width, height, ports, layoutOptions: { "elk.portConstraints": "FIXED_POS" } });
  }

  for (const [net, { sources, register }] of inside.logic) {
    if (!isShown(net) || ends(net).targets.length === 0 || ends(net).sources.length > 0) continue;
    const id = `${prefix}logic ${net}`;
    const width = Math.min(180, textWidth(net) * 0.88 + 26);
    children.push({
      id,
      width,
      height: 26,
      layoutOptions: { "elk.portConstraints": "FIXED_POS" },
      ports: [
        { id: `${id}#i`, x: 0, y: 13, width: 0, height: 0, layoutOptions: { "elk.port.side": "WEST" } },
        { id: `${id}#o`, x: width, y: 13, width: 0, height: 0, layoutOptions: { "elk.port.side": "EAST" } },
      ],
    });
    drawing.shapes.set(id, { id, kind: register ? "register" : "logic", title: net, subtitle: "", expandable: false, expanded: false });
    ends(net).sources.push(`${id}#o`);
    for (const source of sources) if (isShown(source)) ends(source).targets.push(`${id}#i`);
  }

  for (const [net, { sources, targets }] of nets) {
    if (sources.length * targets.length > MAX_NET_PINS * 2) continue;
    for (const source of sources) {
      for (const target of targets) {
        const id = `${prefix} ${net}: ${source} -> ${target}`;
        drawing.edges.push({ id, sources: [source], targets: [target] });
        drawing.nets.set(id, net);
      }
    }
  }
  return children;
}
