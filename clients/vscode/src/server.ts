// A Fanin server, asked with JSON over HTTP (docs/http.md). Knows nothing of VS Code.
import type { Job, NodeResponse, Repository, SearchResponse, Status, TraceResponse } from "../../web/src/types";

// An answer that is an error: google.rpc.Status.
export class ServerError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}
const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const UNAVAILABLE = 14;
export const isAbsent = (error: unknown) => error instanceof ServerError && error.code === UNAVAILABLE;
export const isNotFound = (error: unknown) => error instanceof ServerError && error.code === NOT_FOUND;

// The unsaved text of a file; `path` is relative to the repository's root.
export interface Overlay {
  path: string;
  text: string;
}

export interface Position {
  path: string;
  line: number; // from 1
  column: number; // from 1, in bytes
}

export type Direction = "fanin" | "fanout";

// Asks one server. Each question ends after `timeoutMs`, or when its signal is aborted.
export class Server {
  readonly address: string;

  constructor(
    address: string,
    private readonly timeoutMs: number,
  ) {
    this.address = address.replace(/\/+$/, "");
  }

  // What is indexed.
  async repositories(signal?: AbortSignal): Promise<Repository[]> {
    const { repositories } = await this.ask<Status>("/v1/status", undefined, signal);
    return repositories.map((repository) => ({ ...repository, name: repository.name.replace(/^repositories\//, "") }));
  }

  search = (query: string, pageSize: number, repository: string, overlays: Overlay[], signal?: AbortSignal) =>
    this.ask<SearchResponse>(
      "/v1:search",
      { query, pageSize, overlays, repositories: repository ? [`repositories/${repository}`] : [] },
      signal,
    );

  nodeAt = (repository: string, position: Position, overlays: Overlay[], signal?: AbortSignal) =>
    this.ask<NodeResponse>(`${this.path(repository)}:getNode`, { position, overlays }, signal);

  nodeNamed = (repository: string, qualifiedName: string, overlays: Overlay[], signal?: AbortSignal) =>
    this.ask<NodeResponse>(`${this.path(repository)}:getNode`, { qualifiedName, overlays }, signal);

  neighbours = (repository: string, node: string, direction: Direction, overlays: Overlay[], signal?: AbortSignal) =>
    this.ask<TraceResponse>(
      `${this.path(repository)}:trace`,
      {
        signals: [node],
        direction: direction === "fanin" ? "TRACE_DIRECTION_FANIN" : "TRACE_DIRECTION_FANOUT",
        maxDepth: 1,
        maxNodes: 200,
        includeClockReset: true,
        overlays,
      },
      signal,
    );

  // Page of the web UI that draws a cone; `signal` is a node's id or a name.
  conePage = (repository: string, signal: string, direction: Direction) =>
    `${this.address}/r/${encodeURIComponent(repository)}/cone?${new URLSearchParams({ signal, dir: direction })}`;

  statusPage = () => `${this.address}/status`;

  // Brings the index up to date; calls `onJob` as it goes on.
  async index(repository: string, onJob: (job: Job) => void, signal: AbortSignal): Promise<void> {
    const response = await this.fetch(`${this.path(repository)}:index`, {}, signal);
    let rest = "";
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + part).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const message = JSON.parse(line) as { result?: { job: Job }; error?: { code: number; message: string } };
        if (message.error) throw new ServerError(message.error.code, message.error.message);
        onJob(message.result!.job);
      }
    }
  }

  private path = (repository: string) => `/v1/repositories/${encodeURIComponent(repository)}`;

  private async ask<T>(path: string, body: object | undefined, signal?: AbortSignal): Promise<T> {
    const deadline = AbortSignal.timeout(this.timeoutMs);
    const response = await this.fetch(path, body, signal ? AbortSignal.any([signal, deadline]) : deadline);
    return (await response.json()) as T;
  }

  private async fetch(path: string, body: object | undefined, signal: AbortSignal): Promise<Response> {
    let response;
    try {
      response = await fetch(this.address + path, {
        signal,
        ...(body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
      });
    } catch (error) {
      if (error instanceof DOMException && error.name === "TimeoutError") {
        throw new ServerError(DEADLINE_EXCEEDED, `${this.address} did not answer in ${this.timeoutMs} ms`);
      }
      // fetch says no more than that; an aborted question is the caller's.
      throw error instanceof TypeError ? new ServerError(UNAVAILABLE, `no Fanin server at ${this.address}`) : error;
    }
    if (response.ok) return response;
    const text = await response.text();
    let status: { code?: number; message?: string };
    try {
      status = JSON.parse(text);
    } catch {
      status = { message: text };
    }
    throw new ServerError(status.code ?? 2, status.message || `HTTP ${response.status}`);
  }
}
