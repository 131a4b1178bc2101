// The messages of fanin.v1 in proto3 JSON, as far as this client reads them. 64-bit integers are strings.

export interface Node {
  resourceName: string;
  name: string;
  kind: string;
  path: string;
  startLine: number;
  endLine: number;
  qualifiedName: string;
  anonymous: boolean;
  direction: string;
  type: string;
  width: string;
  value: string;
  condition: string;
  doc: string;
}

export interface Edge {
  kind: string;
  fromNode: string;
  toNode: string;
  provenance: string;
  confidence: number;
  role: string;
  assignment: string;
  guard: string;
  text: string;
  fromRange?: BitRange;
  toRange?: BitRange;
  statement?: Node;
}

export interface BitRange {
  msb: number;
  lsb: number;
}

export interface SourceRange {
  startLine: number;
  endLine: number;
  startByte: number;
  endByte: number;
}

export interface SearchResult {
  node: Node;
  score: number;
  reasons: string[];
  signals: { name: string; value: number; weight: number; contribution: number }[];
  range: SourceRange;
  text: string;
  matches: SourceRange[];
  alsoAt: { repository: string; path: string; startLine: number; endLine: number }[];
  chunkKind: string;
}

export interface SearchResponse {
  results: SearchResult[];
  nextPageToken: string;
  truncated: boolean;
  partial: boolean;
  warnings: string[];
  snapshots: string[];
  plan: string;
  stats: { documents: number; totalMs: number };
}

export interface AmbiguousName {
  name: string;
  candidates: Node[];
}

export interface TraceStep {
  node: Node;
  parent?: number;
  depth: number;
  registers: number;
  edge?: Edge;
  stopped: boolean;
  hierarchicalPath: string;
}

export interface TraceResponse {
  steps: TraceStep[];
  truncated: boolean;
  warnings: string[];
  snapshot: string;
  ambiguous: AmbiguousName[];
  design: string;
  stats: { signals: number; totalMs: number };
}

export interface HierarchyNode {
  name: string;
  module: string;
  depth: number;
  parent?: number;
  definition?: Node;
  instance?: Node;
  candidates: number;
  recursive: boolean;
  path: string;
  instancesBelow: string;
  writtenParameters: { name: string; value: string; overridden: boolean }[];
}

export interface HierarchyResponse {
  nodes: HierarchyNode[];
  truncated: boolean;
  warnings: string[];
  ambiguous: AmbiguousName[];
  design: string;
}

export interface NodeResponse {
  node?: Node;
  ancestors: Node[];
  children: Node[];
  outEdges: { edge: Edge; node: Node }[];
  inEdges: { edge: Edge; node: Node }[];
  source?: SourceText;
  truncated: boolean;
  ambiguous: AmbiguousName[];
  hierarchicalPaths: string[];
  flowText: string;
}

export interface SourceText {
  path: string;
  range: SourceRange;
  text: string;
  totalLines: number;
  license: string;
}

export interface Value {
  boolValue?: boolean;
  intValue?: string;
  doubleValue?: number;
  stringValue?: string;
  nodeValue?: Node;
  edgeValue?: Edge;
  listValue?: { values: Value[] };
}

export interface QueryResponse {
  columns: string[];
  rows: { values: Value[] }[];
  truncated: boolean;
  warnings: string[];
  stats: { nodesVisited: string; edgesVisited: string; totalMs: number };
}

export interface Snapshot {
  name: string;
  createTime: string;
  revision: string;
  files: number;
  lines: number;
  nodes: number;
  chunks: number;
  filesWithErrors: number;
  lostFiles: { path: string; reason: string }[];
  externalDefinitions: string[];
}

export interface Repository {
  name: string;
  root: string;
  state: string;
  latestSnapshot?: Snapshot;
  semanticCoverage: number;
  warnings: string[];
  currentJob: string;
  designs: { name: string; elaborated: string[]; problems: unknown[]; instances: string }[];
}

export interface Status {
  version: string;
  state: string;
  dataDir: string;
  dataBytes: string;
  embeddingModel: string;
  uptime: string;
  repositories: Repository[];
  warnings: string[];
}

export interface Job {
  name: string;
  state: string;
  progress?: { phase: string; done: string; total: string };
  errorMessage: string;
  summary?: { upToDate: boolean; files: number; filesReused: number; totalSeconds: number; warnings: string[] };
}
