// A cone as a graph: signals, and the flows between them.
import type { Edge, Node, TraceStep } from "../types";
import type { ElkExtendedEdge, ElkNode } from "./layout";
import { textWidth } from "./layout";

export interface ConeNode {
  key: string;
  node: Node;
  label: string;
  scope: string;
  isRoot: boolean;
  isRegister: boolean;
  goesOn: boolean; // there is more behind it
}

export interface ConeEdge {
  key: string;
  from: string;
  to: string;
  edge: Edge;
}

export interface Cone {
  nodes: Map<string, ConeNode>;
  edges: Map<string, ConeEdge>;
}

export const emptyCone = (): Cone => ({ nodes: new Map(), edges: new Map() });

// A signal once in each instance.
const keyOf = (step: TraceStep) => `${step.node.resourceName} ${step.hierarchicalPath}`;

// Adds the steps of a walk. A walk from a signal that is there already joins it by its name.
export function addSteps(cone: Cone, steps: TraceStep[], direction: "fanin" | "fanout", startKey?: string): void {
  const keys: string[] = [];
  for (const step of steps) {
    const isStart = step.parent === undefined;
    const key = isStart && startKey ? startKey : keyOf(step);
    keys.push(key);
    const path = step.hierarchicalPath || step.node.qualifiedName || step.node.name;
    const dot = path.lastIndexOf(".");
    const known = cone.nodes.get(key);
    if (known) known.goesOn = (startKey ? false : known.goesOn) && step.stopped;
    else {
      cone.nodes.set(key, {
        key,
        node: step.node,
        label: path.slice(dot + 1),
        scope: dot < 0 ? "" : path.slice(0, dot),
        isRoot: isStart && !startKey,
        isRegister: false,
        goesOn: step.stopped,
      });
    }
    if (isStart || !step.edge) continue;
    const parent = keys[step.parent!]!;
    const [from, to] = direction === "fanin" ? [key, parent] : [parent, key];
    if (step.edge.assignment === "ASSIGNMENT_NONBLOCKING") cone.nodes.get(to)!.isRegister = true;
    const edgeKey = `${from} -> ${to}`;
    if (from !== to && !cone.edges.has(edgeKey)) cone.edges.set(edgeKey, { key: edgeKey, from, to, edge: step.edge });
  }
}

const MAX_LABEL = 34;
export const shorten = (text: string, keepEnd = false) =>
  text.length <= MAX_LABEL ? text : keepEnd ? `…${text.slice(1 - MAX_LABEL)}` : `${text.slice(0, MAX_LABEL - 1)}…`;

export const NODE_HEIGHT = 42;

export function toElk(cone: Cone): { children: ElkNode[]; edges: ElkExtendedEdge[] } {
  const children = [...cone.nodes.values()].map((node): ElkNode => {
    const name = node.label + (node.node.width ? ` ${node.node.width}` : "");
    const width = Math.max(72, textWidth(shorten(name)) + 30, textWidth(shorten(node.scope, true)) * 0.86 + 30);
    return {
      id: node.key,
      width,
      height: NODE_HEIGHT,
      ports: [
        { id: `${node.key}#i`, x: 0, y: NODE_HEIGHT / 2, width: 0, height: 0, layoutOptions: { "elk.port.side": "WEST" } },
        { id: `${node.key}#o`, x: width, y: NODE_HEIGHT / 2, width: 0, height: 0, layoutOptions: { "elk.port.side": "EAST" } },
      ],
      layoutOptions: { "elk.portConstraints": "FIXED_POS" },
    };
  });
  const edges = [...cone.edges.values()].map((edge): ElkExtendedEdge => ({
    id: edge.key,
    sources: [`${edge.from}#o`],
    targets: [`${edge.to}#i`],
  }));
  return { children, edges };
}
