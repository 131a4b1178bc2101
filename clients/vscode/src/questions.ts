// What the extension asks about places in files: which repository, which element, what drives it. Knows nothing of VS Code.
import type { Edge, Node, NodeResponse, Repository, TraceStep } from "../../web/src/types";
import { isNotFound, type Direction, type Overlay, type Position, type Server } from "./server";

// A file of a repository.
export interface Place {
  repository: string;
  root: string;
  path: string; // relative to the root, with slashes
}

// The repository that holds a file: of several, the one with the longest root. `file` is absolute.
export function placeOf(file: string, repositories: Repository[]): Place | undefined {
  const slashed = file.replaceAll("\\", "/");
  let best: Place | undefined;
  for (const { name, root } of repositories) {
    const folder = root.replaceAll("\\", "/").replace(/\/*$/, "/");
    if (slashed.startsWith(folder) && (!best || root.length > best.root.length)) {
      best = { repository: name, root, path: slashed.slice(folder.length) };
    }
  }
  return best;
}

// Those of some unsaved files that are in a repository, as overlays of it.
export function overlaysOf(repository: string, unsaved: { file: string; text: string }[], all: Repository[]): Overlay[] {
  return unsaved.flatMap(({ file, text }) => {
    const place = placeOf(file, all);
    return place?.repository === repository ? [{ path: place.path, text }] : [];
  });
}

const SCOPE = /^(module|interface|program|package|class|generate|function|task|checker|primitive)$/;

// The qualified name of the innermost named scope around a place; "": there is none.
export function scopeOf(around: NodeResponse): string {
  const nodes = [...around.ancestors, ...(around.node ? [around.node] : [])];
  return nodes.reverse().find((node) => SCOPE.test(node.kind) && !node.anonymous)?.qualifiedName ?? "";
}

// What a name means where it is written: what its scope declares, else the nearest enclosing one, else the repository.
export async function resolve(
  server: Server,
  repository: string,
  name: string,
  position: Position,
  overlays: Overlay[],
  signal?: AbortSignal,
): Promise<Node | undefined> {
  const scopes = scopeOf(await server.nodeAt(repository, position, overlays, signal)).split(".").filter(Boolean);
  for (let depth = scopes.length; depth >= 0; --depth) {
    try {
      const found = await server.nodeNamed(repository, [...scopes.slice(0, depth), name].join("."), overlays, signal);
      if (found.node) return found.node;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  return undefined;
}

export const isSignal = (node: Node) => /^(signal|port|struct_field)$/.test(node.kind);

// A driver or load of a signal: its name, how it flows, and the statement that makes the flow.
export interface Neighbour {
  name: string;
  how: string;
  guard: string;
  path: string;
  line: number;
}

function howOf(edge: Edge): string {
  if (edge.role !== "ROLE_DATA" && edge.role !== "ROLE_UNSPECIFIED") return edge.role.replace("ROLE_", "").toLowerCase();
  if (edge.assignment === "ASSIGNMENT_NONBLOCKING") return "register";
  if (edge.assignment === "ASSIGNMENT_CONNECTION") return "connection";
  return "";
}

function toNeighbour(step: TraceStep): Neighbour {
  const at = step.edge?.statement ?? step.node;
  return {
    name: step.hierarchicalPath || step.node.qualifiedName,
    how: step.edge ? howOf(step.edge) : "",
    guard: step.edge?.guard ?? "",
    path: at.path,
    line: at.startLine,
  };
}

export interface Neighbours {
  all: Neighbour[];
  truncated: boolean;
}

// Signals one step from a signal, data before clocks and resets, each with the statement that leads there.
export async function neighbours(
  server: Server,
  node: Node,
  direction: Direction,
  overlays: Overlay[],
  signal?: AbortSignal,
): Promise<Neighbours> {
  const repository = node.resourceName.split("/")[1]!;
  // Of a snapshot with unsaved texts over it only the name is known to the next question.
  const asked = overlays.length > 0 ? node.qualifiedName : node.resourceName;
  const answer = await server.neighbours(repository, asked, direction, overlays, signal);
  const all = answer.steps.filter((step) => step.depth > 0).map(toNeighbour);
  const late = (neighbour: Neighbour) => Number(neighbour.how === "clock" || neighbour.how === "reset");
  return { all: all.sort((a, b) => late(a) - late(b)), truncated: answer.truncated };
}

const IN_HOVER = 8;

// Text in Markdown of what a hover shows. `link` makes the address of a place.
export function hoverText(
  node: Node,
  drivers: Neighbours | undefined,
  loads: Neighbours | undefined,
  link: (path: string, line: number) => string,
): string {
  const type = [node.direction.replace("PORT_DIRECTION_", "").replace("UNSPECIFIED", "").toLowerCase(), node.type, node.width]
    .filter(Boolean)
    .join(" ");
  const lines = [`**${node.kind.replaceAll("_", " ")}** \`${node.qualifiedName}\`${type ? ` — \`${type}\`` : ""}`];
  if (node.doc) lines.push("", node.doc.replaceAll(/([\\`*_{}[\]<>#|])/g, "\\$1"));
  for (const [title, found] of [
    ["Drivers", drivers],
    ["Loads", loads],
  ] as const) {
    if (!found) continue;
    lines.push("", `**${title}** (${found.all.length}${found.truncated ? "+" : ""})`, "");
    for (const { name, how, guard, path, line } of found.all.slice(0, IN_HOVER)) {
      const when = guard ? `, when \`${guard.replaceAll("`", "'")}\`` : "";
      lines.push(`- \`${name}\`${how ? ` ${how}` : ""}${when} — [${path.slice(path.lastIndexOf("/") + 1)}:${line}](${link(path, line)})`);
    }
    if (found.all.length > IN_HOVER) lines.push(`- and ${found.all.length - IN_HOVER} more`);
  }
  return lines.join("\n");
}

// What the status bar says of a repository.
export function statusOf(repository: Repository): { text: string; tooltip: string } {
  const snapshot = repository.latestSnapshot;
  const count = (number: number) => number.toLocaleString("en");
  const lines = [
    snapshot ? `${count(snapshot.files)} files, ${count(snapshot.lines)} lines` : "not indexed yet",
    ...repository.warnings,
  ];
  return { text: repository.currentJob ? `${repository.name}: indexing` : repository.name, tooltip: lines.join("\n") };
}
