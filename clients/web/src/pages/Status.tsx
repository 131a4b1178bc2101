// What the server holds, how well it is, and indexing as it goes.
import { useEffect, useRef, useState } from "preact/hooks";
import * as api from "../api";
import { to } from "../router";
import type { Job, Repository, Status } from "../types";
import { Icon } from "../ui/icons";
import { count, Failure, useTitle, Warnings } from "../ui/parts";

const POLL_MS = 500;

function bytes(value: string): string {
  let size = Number(value);
  for (const unit of ["B", "kB", "MB", "GB"]) {
    if (size < 1000) return `${size.toFixed(unit === "B" ? 0 : 1)} ${unit}`;
    size /= 1000;
  }
  return `${size.toFixed(1)} TB`;
}

function ago(time: string): string {
  const seconds = (Date.now() - Date.parse(time)) / 1000;
  const units: [number, Intl.RelativeTimeFormatUnit][] = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];
  const [size, unit] = units.find(([size]) => seconds >= size) ?? [1, "second"];
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(-Math.floor(seconds / size), unit);
}

const isRunning = (job: Job) => job.state === "STATE_QUEUED" || job.state === "STATE_RUNNING";

function Progress({ job, since }: { job: Job; since: { phase: string; time: number; done: number } }) {
  const progress = job.progress;
  const phase = (progress?.phase ?? "PHASE_UNSPECIFIED").slice(6).toLowerCase().replace("unspecified", "waiting");
  const done = Number(progress?.done ?? 0);
  const total = Number(progress?.total ?? 0);
  const seconds = (Date.now() - since.time) / 1000;
  const rate = seconds > 1 ? (done - since.done) / seconds : 0;
  return (
    <div class="progress">
      <progress max={total || 1} value={total ? done : undefined} aria-label={`Indexing: ${phase}`} />
      <span class="muted">
        {phase}
        {total > 0 && ` ${done.toLocaleString("en")} of ${total.toLocaleString("en")}`}
        {rate > 0 && `, ${Math.round(rate).toLocaleString("en")}/s, ${Math.ceil((total - done) / rate)} s left`}
      </span>
    </div>
  );
}

function RepositoryCard({ repository, refresh }: { repository: Repository; refresh: () => void }) {
  const name = api.repositoryOf(repository.name);
  const snapshot = repository.latestSnapshot;
  const [job, setJob] = useState<Job>();
  const [error, setError] = useState<unknown>();
  const since = useRef({ phase: "", time: 0, done: 0 });

  const show = (next: Job) => {
    const phase = next.progress?.phase ?? "";
    if (phase !== since.current.phase) since.current = { phase, time: Date.now(), done: Number(next.progress?.done ?? 0) };
    setJob(next);
    if (!isRunning(next)) refresh();
  };

  // A job that somebody else began is followed by asking.
  useEffect(() => {
    if (!repository.currentJob || (job && isRunning(job))) return;
    const timer = setInterval(() => void api.job(repository.currentJob).then((answer) => show(answer.job), setError), POLL_MS);
    return () => clearInterval(timer);
  }, [repository.currentJob]);

  const start = () => {
    setError(undefined);
    api.index(name, show).catch(setError);
  };

  const facts: [string, string][] = snapshot
    ? [
        ["Lines", snapshot.lines.toLocaleString("en")],
        ["Files", snapshot.files.toLocaleString("en")],
        ["Elements", snapshot.nodes.toLocaleString("en")],
        ["Passages", snapshot.chunks.toLocaleString("en")],
        ["With vectors", `${Math.round(repository.semanticCoverage * 100)} %`],
        ["Parse errors", count(snapshot.filesWithErrors, "file")],
      ]
    : [];
  const running = job !== undefined && isRunning(job);
  return (
    <section class="repository" aria-label={name}>
      <header>
        <span class={`dot ${repository.state === "STATE_READY" ? "good" : "fair"}`} />
        <h2>{name}</h2>
        <span class="muted mono">{repository.root}</span>
        <span class="actions">
          <a href={to.tree(name)}><Icon name="tree" /> hierarchy</a>
          <a href={to.search(`repo:${name} `)}><Icon name="search" /> search</a>
          <button onClick={start} disabled={running}><Icon name="refresh" /> Index</button>
        </span>
      </header>
      {snapshot && (
        <>
          <dl class="facts">
            {facts.map(([label, value]) => (
              <div>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          <p class="muted">
            Snapshot {api.idOf(snapshot.name)}, {ago(snapshot.createTime)}
            {snapshot.revision && <> at <span class="mono">{snapshot.revision.slice(0, 12)}</span></>}
          </p>
        </>
      )}
      {running && <Progress job={job} since={since.current} />}
      {job?.summary && !running && (
        <p role="status">
          {job.summary.upToDate
            ? "Nothing had changed."
            : `Indexed in ${job.summary.totalSeconds.toFixed(2)} s: ${count(job.summary.files - job.summary.filesReused, "file")} parsed, ${job.summary.filesReused.toLocaleString("en")} unchanged.`}
        </p>
      )}
      {error !== undefined && <Failure error={error} />}
      <Warnings texts={repository.warnings} />
      {(snapshot?.lostFiles.length ?? 0) > 0 && (
        <details>
          <summary>{count(snapshot!.lostFiles.length, "file")} could not be indexed</summary>
          <ul class="list">{snapshot!.lostFiles.map((file) => <li><span class="mono">{file.path}</span> <span class="muted">{file.reason}</span></li>)}</ul>
        </details>
      )}
      {(snapshot?.externalDefinitions.length ?? 0) > 0 && (
        <details>
          <summary>{count(snapshot!.externalDefinitions.length, "name")} instantiated that no file defines</summary>
          <p class="mono wrap">{snapshot!.externalDefinitions.join("  ")}</p>
        </details>
      )}
      {repository.designs.map((design) => (
        <p>
          Design <strong class="mono">{design.name}</strong>: {count(design.elaborated.length, "module")} elaborated, {count(design.instances, "instance")}
          {design.problems.length > 0 && `, ${count(design.problems.length, "problem")}`}
        </p>
      ))}
    </section>
  );
}

export function StatusPage({ status, refresh }: { status?: Status; refresh: () => void }) {
  useTitle("Status");
  useEffect(refresh, []);
  if (!status) return <div class="pad loading">Asking the server…</div>;
  return (
    <div class="statuspage">
      <header>
        <h1>Index</h1>
        <p class="muted">
          Fanin {status.version}, {bytes(status.dataBytes)} in <span class="mono">{status.dataDir}</span>,{" "}
          {status.embeddingModel ? `embeddings by ${status.embeddingModel}` : "no embedding model"} · <a href="/openapi.json" target="_blank">OpenAPI</a>
        </p>
      </header>
      <Warnings texts={status.warnings} />
      {status.repositories.map((repository) => (
        <RepositoryCard repository={repository} refresh={refresh} key={repository.name} />
      ))}
    </div>
  );
}
