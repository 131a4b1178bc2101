// Ranked results with code, reasons and what narrows them down.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import * as api from "../api";
import { CodeBlock, type Mark } from "../code/Code";
import { navigate, to } from "../router";
import type { SearchResponse, SearchResult, Status } from "../types";
import { Icon } from "../ui/icons";
import { count, Empty, Failure, Kind, nameOf, useLoad, useTitle } from "../ui/parts";

const PAGE_SIZE = 20;
// Keystrokes closer than this are one query.
const PAUSE_MS = 25;

const EXAMPLES = [
  ["write pointer gray code kind:always", "by words and structure"],
  ["round robin arbiter grants one request", "by meaning"],
  ["kind:always drives:*full clock:wr_clk", "registers on a clock that drive a flag"],
  ["instantiates:*fifo*", "who uses a FIFO"],
  ["/case[xz]\\s*\\(/ -file:tb/", "by regex, outside test benches"],
] as const;

// Byte offsets of matches as columns of the passage's lines. Source text is UTF-8, JavaScript's is not.
export function marksOf(result: SearchResult): Mark[] {
  const encoder = new TextEncoder();
  const marks: Mark[] = [];
  let byte = result.range.startByte;
  const lines = result.text.split("\n");
  for (const [index, line] of lines.entries()) {
    const isAscii = /^[\x00-\x7f]*$/.test(line);
    const bytes = isAscii ? line.length : encoder.encode(line).length;
    for (const match of result.matches) {
      if (match.startByte >= byte + bytes || match.endByte <= byte) continue;
      const column = (offset: number) =>
        isAscii ? offset : new TextDecoder().decode(encoder.encode(line).slice(0, Math.max(0, offset))).length;
      const start = column(Math.max(0, match.startByte - byte));
      marks.push({ line: index, start, end: column(Math.min(bytes, match.endByte - byte)) });
    }
    byte += bytes + 1;
  }
  return marks.sort((a, b) => a.line - b.line || a.start - b.start);
}

const isSignal = (result: SearchResult) => /^(signal|port)$/.test(result.node.kind);

function Score({ result }: { result: SearchResult }) {
  const addends = result.signals.filter((signal) => signal.contribution !== 0);
  return (
    <details class="score">
      <summary aria-label={`Score ${result.score.toFixed(3)}, show its parts`}>{result.score.toFixed(3)}</summary>
      <table>
        <caption>Where the score comes from</caption>
        <tbody>
          {addends.map((signal) => (
            <tr>
              <th scope="row">{signal.name.replaceAll("_", " ")}</th>
              <td>{signal.value.toFixed(2)} × {signal.weight.toFixed(2)}</td>
              <td>{signal.contribution.toFixed(3)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function Result({ result, active }: { result: SearchResult; active: boolean }) {
  const { node, range } = result;
  const repo = api.repositoryOf(node.resourceName);
  const element = useRef<HTMLElement>(null);
  useEffect(() => {
    if (active) element.current?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const slash = node.path.lastIndexOf("/") + 1;
  return (
    <article class={`result${active ? " active" : ""}`} ref={element}>
      <header>
        <Kind kind={node.kind} />
        <a class="name mono" href={to.file(repo, node.path, range.startLine, range.endLine)}>
          {nameOf(node) || node.path.slice(slash)}
        </a>
        <span class="path mono">
          <span class="repo">{repo}</span>
          <span class="folder">{node.path.slice(0, slash)}</span>
          {node.path.slice(slash)}:{range.startLine}
        </span>
        <span class="actions">
          {isSignal(result) && <a href={to.cone(repo, api.idOf(node.resourceName))}>cone</a>}
          {node.kind === "module" && <a href={to.schematic(repo, node.name)}>schematic</a>}
          {node.kind === "module" && <a href={to.tree(repo, node.name)}>tree</a>}
        </span>
        <Score result={result} />
      </header>
      {result.reasons.length > 0 && (
        <ul class="reasons" aria-label="Reasons">
          {result.reasons.map((reason) => (
            <li>{reason}</li>
          ))}
        </ul>
      )}
      <CodeBlock
        path={node.path}
        text={result.text}
        firstLine={range.startLine}
        marks={marksOf(result)}
        href={(line) => to.file(repo, node.path, line)}
      />
      {result.alsoAt.length > 0 && (
        <details class="also">
          <summary>Same text at {count(result.alsoAt.length, "other place")}</summary>
          {result.alsoAt.map((other) => (
            <a class="mono" href={to.file(api.repositoryOf(other.repository), other.path, other.startLine, other.endLine)}>
              {api.repositoryOf(other.repository)}/{other.path}:{other.startLine}
            </a>
          ))}
        </details>
      )}
    </article>
  );
}

// How often each value occurs, most often first.
function tally(values: string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const value of values) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

function Facets({ results, query, repo }: { results: SearchResult[]; query: string; repo: string }) {
  const groups: [string, string, [string, number][]][] = [
    ["Kind", "kind", tally(results.map((r) => r.node.kind))],
    ["Module", "module", tally(results.map((r) => r.node.qualifiedName.split(".")[0]!.split("::")[0]!))],
    ["Folder", "file", tally(results.map((r) => r.node.path.split("/").slice(0, -1).slice(0, 3).join("/") + "/"))],
    ["Repository", "repo", tally(results.map((r) => api.repositoryOf(r.node.resourceName)))],
  ];
  return (
    <aside class="facets" aria-label="Narrow down">
      {groups.map(([title, key, values]) =>
        values.length < 2 ? null : (
          <section>
            <h2>{title}</h2>
            {values.slice(0, 7).map(([value, times]) => (
              <a href={to.search(`${query} ${key}:${value}`, repo)} title={`${key}:${value}`}>
                <span>{value.replaceAll("_", key === "kind" ? " " : "_")}</span>
                <span class="times">{times}</span>
              </a>
            ))}
          </section>
        ),
      )}
    </aside>
  );
}

function Start({ status }: { status?: Status }) {
  const repositories = status?.repositories ?? [];
  return (
    <div class="start">
      <h1>Find the right lines of RTL</h1>
      <p class="lead">Words, meaning, regex and the structure of the design in one query.</p>
      <div class="examples">
        {EXAMPLES.map(([query, what]) => (
          <a href={to.search(query)}>
            <code>{query}</code>
            <span>{what}</span>
          </a>
        ))}
      </div>
      {status && repositories.length === 0 && (
        <p>
          Nothing is indexed yet. Run <code>fanin index PATH --server …</code>.
        </p>
      )}
      <div class="cards">
        {repositories.map((repository) => {
          const name = api.repositoryOf(repository.name);
          const snapshot = repository.latestSnapshot;
          return (
            <a class="card" href={to.tree(name)}>
              <strong>{name}</strong>
              <span>{snapshot ? `${count(snapshot.lines, "line")} in ${count(snapshot.files, "file")}` : "not indexed yet"}</span>
              {snapshot && <span class="muted">{count(snapshot.nodes, "element")} of the design</span>}
            </a>
          );
        })}
      </div>
    </div>
  );
}

export function SearchPage({ query, repo, status }: { query: string; repo: string; status?: Status }) {
  const trimmed = query.trim();
  useTitle(trimmed);
  const [settled, setSettled] = useState(trimmed);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(trimmed), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [trimmed]);
  const key = settled ? `${repo}\n${settled}` : null;
  const { value, error, loading } = useLoad<SearchResponse>(key, (signal) => api.search(settled, repo, PAGE_SIZE, "", signal));
  const [more, setMore] = useState<{ key: string | null; results: SearchResult[]; token: string }>();
  const [active, setActive] = useState(-1);
  useEffect(() => setActive(-1), [value]);

  const further = more?.key === key ? more : undefined;
  const results = useMemo(() => [...(value?.results ?? []), ...(further?.results ?? [])], [value, further]);
  // Not made anew with every key that is typed.
  const list = useMemo(
    () => results.map((result, index) => <Result result={result} active={index === active} key={result.node.resourceName + result.range.startLine} />),
    [results, active],
  );
  const facets = useMemo(() => results.length > 0 && <Facets results={results} query={settled} repo={repo} />, [results, settled, repo]);
  const token = further ? further.token : (value?.nextPageToken ?? "");
  const loadMore = async () => {
    const next = await api.search(settled, repo, PAGE_SIZE, token);
    setMore({ key, results: [...(further?.results ?? []), ...next.results], token: next.nextPageToken });
  };

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.metaKey || event.ctrlKey) return;
      const chosen = results[active];
      const step = event.key === "j" ? 1 : event.key === "k" ? -1 : 0;
      if (step !== 0) setActive(Math.max(0, Math.min(results.length - 1, active + step)));
      else if (chosen && event.key === "Enter" && event.target === document.body) {
        navigate(to.file(api.repositoryOf(chosen.node.resourceName), chosen.node.path, chosen.range.startLine, chosen.range.endLine));
      } else if (chosen && event.key === "c" && isSignal(chosen)) {
        navigate(to.cone(api.repositoryOf(chosen.node.resourceName), api.idOf(chosen.node.resourceName)));
      }
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  });

  if (!trimmed) return <Start status={status} />;
  return (
    <div class={`searchpage${loading ? " loading" : ""}`}>
      {facets}
      <div class="results">
        <h1 class="hidden">Results for {trimmed}</h1>
        <div class="summary" role="status" aria-live="polite">
          {value && (
            <>
              {count(results.length, "result")}
              {token ? " and more" : ""} in {value.stats.totalMs.toFixed(1)} ms
              <span class="muted"> of {count(value.stats.documents, "passage")}</span>
              {value.warnings.length > 0 && (
                <span class="caution" title={value.warnings.join("\n")}>
                  <Icon name="warning" /> {value.warnings[0]}
                  {value.warnings.length > 1 && ` (and ${value.warnings.length - 1} more)`}
                </span>
              )}
              {value.partial && <strong> · the deadline came: not all was searched</strong>}
            </>
          )}
        </div>
        {error !== undefined && <Failure error={error} />}
        {value && results.length === 0 && (
          <Empty title="Nothing matches all of it">
            <p>Free words only rank; conditions such as key:value, “phrases” and /regexes/ must hold. Take one away.</p>
          </Empty>
        )}
        {list}
        {token && (
          <button class="wide" onClick={loadMore}>
            More results
          </button>
        )}
      </div>
    </div>
  );
}
