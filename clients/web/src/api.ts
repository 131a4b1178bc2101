// The methods of fanin.v1 over HTTP (docs/http.md).
import type {
  HierarchyResponse,
  Job,
  NodeResponse,
  QueryResponse,
  SearchResponse,
  SourceText,
  Status,
  TraceResponse,
} from "./types";

// An answer that is an error: google.rpc.Status.
export class ApiError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

type Parameters = Record<string, string | number | boolean | undefined>;

async function ask(path: string, options: RequestInit): Promise<Response> {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    // fetch says no more than that.
    throw error instanceof TypeError ? new ApiError(14, "The server does not answer.") : error;
  }
  if (response.ok) return response;
  const text = await response.text();
  let status: { code?: number; message?: string } = {};
  try {
    status = JSON.parse(text);
  } catch {
    status = { message: text };
  }
  throw new ApiError(status.code ?? 2, status.message || `HTTP ${response.status}`);
}

async function get<T>(path: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<T> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  const suffix = query.size > 0 ? `?${query}` : "";
  return (await ask(path + suffix, { signal })).json();
}

const send = (path: string, body: object, signal?: AbortSignal) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal });

async function post<T>(path: string, body: object, signal?: AbortSignal): Promise<T> {
  return (await send(path, body, signal)).json();
}

const encode = (path: string) => path.split("/").map(encodeURIComponent).join("/");
const base = (repo: string) => `/v1/repositories/${encodeURIComponent(repo)}`;

export const status = (signal?: AbortSignal) => get<Status>("/v1/status", {}, signal);

export const search = (query: string, repo: string, pageSize: number, pageToken = "", signal?: AbortSignal) =>
  post<SearchResponse>(
    "/v1:search",
    { query, pageSize, pageToken, explain: true, repositories: repo ? [`repositories/${repo}`] : [] },
    signal,
  );

export const cypher = (text: string, repo: string, pageSize: number, signal?: AbortSignal) =>
  post<QueryResponse>(
    "/v1:query",
    { cypher: text, pageSize, repositories: repo ? [`repositories/${repo}`] : [] },
    signal,
  );

export interface TraceRequest {
  signals: string[];
  direction: "TRACE_DIRECTION_FANIN" | "TRACE_DIRECTION_FANOUT";
  maxDepth: number;
  maxNodes?: number;
  includeClockReset?: boolean;
  stop?: { registers?: boolean; ports?: boolean };
}

export const trace = (repo: string, request: TraceRequest, signal?: AbortSignal) =>
  post<TraceResponse>(`${base(repo)}:trace`, request, signal);

export const hierarchy = (
  repo: string,
  parameters: { top?: string; maxDepth?: number; maxInstances?: number; counts?: boolean; parameters?: boolean },
  signal?: AbortSignal,
) => get<HierarchyResponse>(`${base(repo)}:getHierarchy`, parameters, signal);

export interface NodeRequest {
  node?: string;
  qualifiedName?: string;
  position?: { path: string; line: number; column?: number };
  maxEdges?: number;
  maxSourceLines?: number;
  maxHierarchicalPaths?: number;
}

export const node = (repo: string, request: NodeRequest, signal?: AbortSignal) =>
  post<NodeResponse>(`${base(repo)}:getNode`, request, signal);

export const source = (repo: string, path: string, startLine = 0, endLine = 0, signal?: AbortSignal) =>
  get<{ source: SourceText; truncated: boolean; snapshot: string }>(
    `${base(repo)}/files/${encode(path)}`,
    { startLine: startLine || undefined, endLine: endLine || undefined, maxLines: 100000 },
    signal,
  );

// Calls onJob for each message of the stream, until the job ends.
export async function index(repo: string, onJob: (job: Job) => void, signal?: AbortSignal): Promise<void> {
  const response = await send(`${base(repo)}:index`, {}, signal);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const message = JSON.parse(line) as { result?: { job: Job }; error?: { code: number; message: string } };
      if (message.error) throw new ApiError(message.error.code, message.error.message);
      onJob(message.result!.job);
    }
  }
}

export const job = (name: string, signal?: AbortSignal) => get<{ job: Job }>(`/v1/${name}`, {}, signal);

export const repositoryOf = (resourceName: string) => resourceName.split("/")[1] ?? "";
export const idOf = (resourceName: string) => resourceName.slice(resourceName.lastIndexOf("/") + 1);
