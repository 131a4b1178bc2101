// One element: what it is, where it is defined, what drives it and what it drives.
import * as api from "../api";
import { to } from "../router";
import type { Node, NodeResponse, TraceStep } from "../types";
import { Icon } from "./icons";
import { Ambiguous, Failure, isNotFound, Kind, nameOf, NodePlace, place, useLoad } from "./parts";

export type Subject =
  | { node: string } // id
  | { name: string; scope: string }; // an identifier as it is written in a scope, "fifo" or "fifo.g_lane"

const isWalkable = (node: Node) => /^(signal|port|struct_field)$/.test(node.kind);

// An identifier means what its scope declares, else what the nearest enclosing one does, else something of the repository.
async function resolve(repo: string, subject: Subject, signal: AbortSignal): Promise<NodeResponse> {
  const limits = { maxEdges: 60, maxHierarchicalPaths: 6 };
  if ("node" in subject) return api.node(repo, { node: `repositories/${repo}/nodes/${subject.node}`, ...limits }, signal);
  const scopes = subject.scope ? subject.scope.split(".") : [];
  for (let depth = scopes.length; depth >= 0; --depth) {
    const qualifiedName = [...scopes.slice(0, depth), subject.name].join(".");
    try {
      const response = await api.node(repo, { qualifiedName, ...limits }, signal);
      // With several that end so, the scope tells nothing: what is asked for is the exact one.
      if (response.node || depth === 0) return response;
    } catch (error) {
      if (!isNotFound(error) || depth === 0) throw error;
    }
  }
  throw new Error("unreachable");
}

function Flow({ step }: { step: TraceStep }) {
  const edge = step.edge;
  const statement = edge?.statement ?? step.node;
  const repo = api.repositoryOf(step.node.resourceName);
  const how =
    edge?.assignment === "ASSIGNMENT_NONBLOCKING"
      ? "register"
      : edge?.assignment === "ASSIGNMENT_CONNECTION"
        ? "port"
        : edge && edge.role !== "ROLE_DATA"
          ? edge.role.slice(5).toLowerCase()
          : "";
  return (
    <li>
      <a class="row" href={to.file(repo, statement.path, statement.startLine, statement.endLine)}>
        <span class="mono grow">{step.hierarchicalPath || nameOf(step.node)}</span>
        {how && <span class={`tag ${how}`}>{how}</span>}
        <span class="muted mono">:{statement.startLine}</span>
      </a>
      {edge?.guard && <div class="guard mono">when {edge.guard}</div>}
    </li>
  );
}

function Flows({ repo, node, direction }: { repo: string; node: Node; direction: "fanin" | "fanout" }) {
  const { value, error } = useLoad(`${direction} ${node.resourceName}`, (signal) =>
    api.trace(
      repo,
      {
        signals: [node.resourceName],
        direction: direction === "fanin" ? "TRACE_DIRECTION_FANIN" : "TRACE_DIRECTION_FANOUT",
        maxDepth: 1,
        maxNodes: 60,
        includeClockReset: true,
      },
      signal,
    ),
  );
  const steps = value?.steps.filter((step) => step.depth > 0) ?? [];
  return (
    <section>
      <h3>
        {direction === "fanin" ? "Drivers" : "Loads"} {value && <span class="times">{steps.length}{value.truncated ? "+" : ""}</span>}
        <a class="quiet" href={to.cone(repo, api.idOf(node.resourceName), direction)}>
          <Icon name={direction === "fanin" ? "conein" : "coneout"} /> cone
        </a>
      </h3>
      {error !== undefined && <Failure error={error} />}
      {value && steps.length === 0 && <p class="muted">None in this repository.</p>}
      <ul class="list">{steps.map((step) => <Flow step={step} />)}</ul>
    </section>
  );
}

const EDGE_TITLES: Record<string, [string, string]> = {
  instantiates: ["Instance of", "Instantiated by"],
  connects: ["Connections", "Connected by"],
  has_type: ["Type", "Has this type"],
  imports: ["Imports", "Imported by"],
  extends: ["Extends", "Extended by"],
  overrides: ["Overrides", "Overridden by"],
  refers_to: ["Refers to", "Referred to by"],
  includes: ["Includes", "Included by"],
  uses_macro: ["Uses macros", "Used by"],
  asserts_on: ["Asserts on", "Assertions"],
  documents: ["Documents", "Documentation"],
  drives: ["Drives", "Driven by"],
  reads: ["Reads", "Read by"],
};

function Relations({ response }: { response: NodeResponse }) {
  const walkable = response.node && isWalkable(response.node);
  const groups = new Map<string, { title: string; rows: { node: Node; text: string }[] }>();
  const add = (edges: NodeResponse["outEdges"], which: 0 | 1) => {
    for (const { edge, node } of edges) {
      // Drivers and loads are shown by walking.
      if (walkable && /^(flows|drives|reads)$/.test(edge.kind)) continue;
      const title = EDGE_TITLES[edge.kind]?.[which];
      if (!title) continue;
      const group = groups.get(title) ?? { title, rows: [] };
      group.rows.push({ node, text: edge.text });
      groups.set(title, group);
    }
  };
  add(response.outEdges, 0);
  add(response.inEdges, 1);
  return (
    <>
      {[...groups.values()].map((group) => (
        <section>
          <h3>
            {group.title} <span class="times">{group.rows.length}</span>
          </h3>
          <ul class="list">
            {group.rows.slice(0, 40).map(({ node, text }) => (
              <li>
                <a class="row" href={to.file(api.repositoryOf(node.resourceName), node.path, node.startLine, node.endLine)}>
                  <span class="mono grow">
                    {node.anonymous ? node.kind : node.name}
                    {text && <span class="muted"> {text}</span>}
                  </span>
                  <span class="muted mono" title={place(node)}>
                    {node.path.slice(node.path.lastIndexOf("/") + 1)}:{node.startLine}
                  </span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

export function Element({ repo, response }: { repo: string; response: NodeResponse }) {
  const node = response.node!;
  const declared = [node.direction.slice(15).toLowerCase(), node.type, node.width].filter(
    (part) => part && part !== "unspecified",
  );
  const module = node.kind === "instance" ? node.value : node.kind === "module" ? node.name : "";
  return (
    <>
      <header>
        <Kind kind={node.kind} />
        <h2 class="mono">{nameOf(node)}</h2>
      </header>
      <NodePlace node={node} />
      {declared.length > 0 && <p class="mono declared">{declared.join(" ")}</p>}
      {node.value && node.kind !== "instance" && <p class="mono declared">= {node.value}</p>}
      {node.condition && <p class="muted mono">if {node.condition}</p>}
      {node.doc && <p class="doc">{node.doc}</p>}
      {module && (
        <p class="actions">
          <a href={to.schematic(repo, module)}>
            <Icon name="schematic" /> schematic
          </a>
          <a href={to.tree(repo, module)}>
            <Icon name="tree" /> hierarchy
          </a>
        </p>
      )}
      {response.hierarchicalPaths.length > 0 && (
        <section>
          <h3>In the design at</h3>
          <ul class="list paths">
            {response.hierarchicalPaths.map((path) => (
              <li class="mono">{path}</li>
            ))}
          </ul>
        </section>
      )}
      {isWalkable(node) && <Flows repo={repo} node={node} direction="fanin" />}
      {isWalkable(node) && <Flows repo={repo} node={node} direction="fanout" />}
      <Relations response={response} />
    </>
  );
}

export function Inspector({ repo, subject, close }: { repo: string; subject: Subject; close?: () => void }) {
  const { value, error, loading } = useLoad(`${repo} ${JSON.stringify(subject)}`, (signal) => resolve(repo, subject, signal));
  return (
    <aside class={`inspector${loading ? " loading" : ""}`} aria-label="Element">
      {close && (
        <button class="ghost close" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      )}
      {error !== undefined &&
        (isNotFound(error) && "name" in subject ? (
          <p class="muted">
            <span class="mono">{subject.name}</span> is no element of the index.
          </p>
        ) : (
          <Failure error={error} />
        ))}
      {value?.node && <Element repo={repo} response={value} />}
      {value && !value.node && (
        <Ambiguous names={value.ambiguous} href={(node) => to.file(repo, node.path, node.startLine, node.endLine)} />
      )}
    </aside>
  );
}
