// Layout with the Eclipse Layout Kernel in a worker: layered, left to right, orthogonal edges.
import ELK, { type ElkExtendedEdge, type ElkNode } from "elkjs/lib/elk-api";
import workerUrl from "elkjs/lib/elk-worker.min.js?url";

export type { ElkExtendedEdge, ElkNode, ElkPort } from "elkjs/lib/elk-api";

let elk: InstanceType<typeof ELK> | undefined;
const worker = () => (elk ??= new ELK({ workerUrl }));

const OPTIONS = {
  "elk.algorithm": "layered",
  "elk.direction": "RIGHT",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.hierarchyHandling": "INCLUDE_CHILDREN",
  "elk.json.shapeCoords": "ROOT",
  "elk.json.edgeCoords": "ROOT",
  "elk.layered.spacing.nodeNodeBetweenLayers": "56",
  "elk.layered.spacing.edgeNodeBetweenLayers": "20",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "9",
  "elk.spacing.nodeNode": "18",
  "elk.spacing.edgeNode": "14",
  "elk.spacing.edgeEdge": "9",
  "elk.layered.mergeEdges": "true",
  "elk.layered.mergeHierarchyEdges": "true",
  "elk.layered.nodePlacement.strategy": "BRANDES_KOEPF",
  "elk.layered.nodePlacement.bk.fixedAlignment": "BALANCED",
  "elk.padding": "[top=24,left=24,bottom=24,right=24]",
};

// The graph with places in it, those of the root's coordinates.
export async function layout(children: ElkNode[], edges: ElkExtendedEdge[], options: Record<string, string> = {}): Promise<ElkNode> {
  return worker().layout({ id: "root", children, edges, layoutOptions: { ...OPTIONS, ...options } });
}

let isWarm = false;

// Runs the worker once, for a small graph: its code is compiled by the browser before a user waits for it.
export function warmUp(): void {
  if (isWarm) return;
  isWarm = true;
  const ids = Array.from({ length: 40 }, (_, index) => `n${index}`);
  const edges = ids.slice(1).map((id, index) => ({ id: `e${id}`, sources: [ids[index >> 1]!], targets: [id] }));
  void layout(ids.map((id) => ({ id, width: 80, height: 42 })), edges);
}

// An edge as a path with rounded corners.
export function pathOf(edge: ElkExtendedEdge, radius = 5): string {
  return (edge.sections ?? [])
    .map((section) => {
      const points = [section.startPoint, ...(section.bendPoints ?? []), section.endPoint];
      let path = `M${points[0]!.x} ${points[0]!.y}`;
      for (let i = 1; i < points.length - 1; ++i) {
        const [before, corner, after] = [points[i - 1]!, points[i]!, points[i + 1]!];
        const cut = (to: { x: number; y: number }) => {
          const length = Math.hypot(to.x - corner.x, to.y - corner.y) || 1;
          const share = Math.min(radius, length / 2) / length;
          return `${corner.x + (to.x - corner.x) * share} ${corner.y + (to.y - corner.y) * share}`;
        };
        path += `L${cut(before)}Q${corner.x} ${corner.y} ${cut(after)}`;
      }
      const end = points.at(-1)!;
      return `${path}L${end.x} ${end.y}`;
    })
    .join("");
}

// Width of monospaced text of 12 pixels.
export const textWidth = (text: string) => text.length * 7.25;
