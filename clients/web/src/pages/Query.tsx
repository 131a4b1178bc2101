// openCypher over the graph: a table, and the nodes and relationships in it as a picture.
import { useEffect, useState } from "preact/hooks";
import * as api from "../api";
import { Canvas } from "../graph/Canvas";
import { layout, pathOf, textWidth, type ElkNode } from "../graph/layout";
import { navigate, to } from "../router";
import type { Edge, Node, QueryResponse, Status, Value } from "../types";
import { count, Empty, Failure, family, Kind, nameOf, place, useLoad, useTitle, Warnings } from "../ui/parts";

const PAGE_SIZE = 500;

const EXAMPLES: [string, string][] = [
  ["Most instantiated modules", "MATCH (i:Instance)-[:INSTANTIATES]->(m:Module)\nRETURN m.name, count(i) AS uses ORDER BY uses DESC LIMIT 20"],
  ["Signals that nothing drives", "MATCH (s:Signal) WHERE NOT ()-[:DRIVES]->(s) AND s.kind = 'signal'\nRETURN s LIMIT 50"],
  ["Module graph", "MATCH (a:Module)-[:CONTAINS]->(i:Instance)-[r:INSTANTIATES]->(b:Module)\nRETURN a, i, r, b LIMIT 60"],
  ["Clocks and their registers", "MATCH (b:Always)<-[r:READS]-(c:Signal) WHERE r.role = 'clock'\nRETURN c.name, count(DISTINCT b) AS blocks ORDER BY blocks DESC LIMIT 20"],
];

function Cell({ value }: { value: Value }) {
  if (value.nodeValue) {
    const node = value.nodeValue;
    return (
      <a href={to.file(api.repositoryOf(node.resourceName), node.path, node.startLine, node.endLine)} title={place(node)}>
        <Kind kind={node.kind} /> <span class="mono">{nameOf(node)}</span>
      </a>
    );
  }
  if (value.edgeValue) {
    const edge = value.edgeValue;
    return <span class="tag">{[edge.kind, edge.text || edge.guard].filter(Boolean).join(" ")}</span>;
  }
  if (value.listValue) return <>{value.listValue.values.map((item) => <><Cell value={item} />{" "}</>)}</>;
  const text = value.stringValue ?? value.intValue ?? value.doubleValue?.toString() ?? value.boolValue?.toString();
  return text === undefined ? <span class="muted">null</span> : <span class="mono">{text}</span>;
}

const isNumber = (value: Value) => value.intValue !== undefined || value.doubleValue !== undefined;

function Table({ response }: { response: QueryResponse }) {
  return (
    <div class="tablewrap" tabIndex={0} role="region" aria-label="Rows">
      <table class="rows">
        <thead>
          <tr>
            {response.columns.map((column) => (
              <th scope="col" class="mono">{column}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {response.rows.map((row) => (
            <tr>
              {row.values.map((value) => (
                <td class={isNumber(value) ? "number" : ""}>
                  <Cell value={value} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function collect(response: QueryResponse): { nodes: Map<string, Node>; edges: Map<string, Edge> } {
  const nodes = new Map<string, Node>();
  const edges = new Map<string, Edge>();
  const visit = (value: Value) => {
    if (value.nodeValue) nodes.set(value.nodeValue.resourceName, value.nodeValue);
    if (value.edgeValue) edges.set(`${value.edgeValue.fromNode} ${value.edgeValue.kind} ${value.edgeValue.toNode}`, value.edgeValue);
    value.listValue?.values.forEach(visit);
  };
  response.rows.forEach((row) => row.values.forEach(visit));
  for (const [key, edge] of edges) if (!nodes.has(edge.fromNode) || !nodes.has(edge.toNode)) edges.delete(key);
  return { nodes, edges };
}

function Graph({ response }: { response: QueryResponse }) {
  const [placed, setPlaced] = useState<ElkNode>();
  const { nodes, edges } = collect(response);
  useEffect(() => {
    let wanted = true;
    const children = [...nodes.values()].map((node) => ({
      id: node.resourceName,
      width: Math.max(80, textWidth(nameOf(node)) + 26),
      height: 42,
    }));
    const lines = [...edges].map(([id, edge]) => ({ id, sources: [edge.fromNode], targets: [edge.toNode] }));
    void layout(children, lines, { "elk.spacing.nodeNode": "16" }).then((root) => wanted && setPlaced(root));
    return () => {
      wanted = false;
    };
  }, [response]);
  if (nodes.size === 0) {
    return (
      <Empty title="No nodes among the columns">
        <p>Return nodes and relationships themselves, as in RETURN a, r, b.</p>
      </Empty>
    );
  }
  if (!placed) return null;
  return (
    <div class="picture">
      <Canvas width={placed.width!} height={placed.height!} label="Nodes and relationships" fileName="query.svg" fitKey={JSON.stringify(response.stats)}>
        {(placed.edges ?? []).map((edge) => (
          <path class="edge" d={pathOf(edge)} key={edge.id}>
            <title>{edges.get(edge.id)?.kind}</title>
          </path>
        ))}
        {(placed.children ?? []).map((child) => {
          const node = nodes.get(child.id);
          if (!node) return null;
          return (
            <a href={to.file(api.repositoryOf(node.resourceName), node.path, node.startLine, node.endLine)} key={child.id} aria-label={`${node.kind} ${nameOf(node)}`}>
              <g class={`node family-${family(node.kind)}`} transform={`translate(${child.x} ${child.y})`}>
                <rect class="body" width={child.width} height={child.height} rx={6} />
                <text class="label" x={13} y={18}>{nameOf(node)}</text>
                <text class="scope" x={13} y={32}>{node.kind.replaceAll("_", " ")}</text>
              </g>
            </a>
          );
        })}
      </Canvas>
    </div>
  );
}

export function QueryPage({ query, repo, status }: { query: string; repo: string; status?: Status }) {
  useTitle("Query");
  const [draft, setDraft] = useState(query);
  const [view, setView] = useState<"table" | "graph">("table");
  useEffect(() => setDraft(query), [query]);
  const { value, error, loading } = useLoad(query.trim() ? `${repo}\n${query}` : null, (signal) => api.cypher(query, repo, PAGE_SIZE, signal));
  const run = () => navigate(to.query(draft, repo));
  return (
    <div class="querypage">
      <h1 class="hidden">Query the graph</h1>
      <div class="editor">
        <textarea
          class="mono"
          aria-label="Query in openCypher"
          rows={Math.max(4, draft.split("\n").length)}
          spellcheck={false}
          placeholder="MATCH (m:Module) RETURN m"
          value={draft}
          onInput={(event) => setDraft(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
              event.preventDefault();
              run();
            }
          }}
        />
        <div class="bar">
          <button class="primary" onClick={run}>
            Run <kbd>Ctrl ↵</kbd>
          </button>
          <div class="segments" role="group" aria-label="View">
            <button aria-pressed={view === "table"} onClick={() => setView("table")}>Table</button>
            <button aria-pressed={view === "graph"} onClick={() => setView("graph")}>Graph</button>
          </div>
          <span class="muted" role="status">
            {value &&
              `${count(value.rows.length, "row")}${value.truncated ? " and more" : ""} in ${value.stats.totalMs.toFixed(1)} ms, ${count(value.stats.edgesVisited, "edge")} looked at`}
          </span>
        </div>
      </div>
      {error !== undefined && <Failure error={error} />}
      {value && <Warnings texts={value.warnings} />}
      {!query.trim() && (
        <div class="examples">
          {EXAMPLES.map(([title, text]) => (
            <a href={to.query(text, repo || (status?.repositories.length === 1 ? "" : repo))}>
              <span>{title}</span>
              <code>{text}</code>
            </a>
          ))}
        </div>
      )}
      {value && (
        <div class={loading ? "loading grow" : "grow"}>
          {value.rows.length === 0 ? <Empty title="No rows" /> : view === "table" ? <Table response={value} /> : <Graph response={value} />}
        </div>
      )}
    </div>
  );
}
