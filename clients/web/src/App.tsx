// The frame: what is always there, and which page the address means.
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import * as api from "./api";
import { ConePage } from "./pages/Cone";
import { FilePage } from "./pages/File";
import { QueryPage } from "./pages/Query";
import { SchematicPage } from "./pages/Schematic";
import { SearchPage } from "./pages/Search";
import { StatusPage } from "./pages/Status";
import { TreePage } from "./pages/Tree";
import { navigate, to, useLocation, type Location } from "./router";
import type { Status } from "./types";
import { Help } from "./ui/Help";
import { Icon, Logo } from "./ui/icons";
import { Empty } from "./ui/parts";
import { SearchBox } from "./ui/SearchBox";

const STATUS_INTERVAL_MS = 10_000;

// The server's state, asked for now and then while the page is seen.
function useStatus(): { status?: Status; error?: unknown; refresh: () => void } {
  const [state, setState] = useState<{ status?: Status; error?: unknown }>({});
  const refresh = () =>
    void api.status().then(
      (status) => setState({ status }),
      (error) => setState((before) => ({ ...before, error })),
    );
  useEffect(() => {
    refresh();
    const timer = setInterval(() => document.visibilityState === "visible" && refresh(), STATUS_INTERVAL_MS);
    return () => clearInterval(timer);
  }, []);
  return { ...state, refresh };
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable);

function useShortcuts(repo: string, showHelp: () => void) {
  // The last key was "g"; it outlives what the page renders meanwhile.
  const leader = useRef(false);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isPalette = (event.metaKey || event.ctrlKey) && event.key === "k";
      if (isPalette || (event.key === "/" && !isTyping(event.target))) {
        event.preventDefault();
        const input = document.getElementById("search") as HTMLInputElement;
        input.focus();
        input.select();
        return;
      }
      if (isTyping(event.target) || event.metaKey || event.ctrlKey || event.altKey) return;
      if (event.key === "?") return showHelp();
      const isLed = leader.current;
      leader.current = event.key === "g";
      const target = isLed && { s: to.search(""), t: repo && to.tree(repo), q: to.query("", repo), i: to.status() }[event.key];
      if (target) {
        event.preventDefault();
        navigate(target);
      }
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [repo]);
}

function ThemeButton() {
  const root = document.documentElement;
  const [theme, setTheme] = useState(root.dataset.theme);
  const other = theme === "dark" ? "light" : "dark";
  return (
    <button
      class="ghost"
      aria-label={`Use the ${other} theme`}
      title={`Use the ${other} theme`}
      onClick={() => {
        root.dataset.theme = other;
        localStorage.setItem("fanin.theme", other);
        setTheme(other);
      }}
    >
      <Icon name={theme === "dark" ? "sun" : "moon"} />
    </button>
  );
}

interface Route {
  name: string;
  repo: string;
  rest: string;
}

function readRoute(path: string): Route {
  const parts = path.split("/").slice(1).map(decodeURIComponent);
  if (parts[0] === "r") return { name: parts[2] ?? "", repo: parts[1] ?? "", rest: parts.slice(3).join("/") };
  return { name: parts[0] || "search", repo: "", rest: parts.slice(1).join("/") };
}

function Page({ route, location, status, refresh }: { route: Route; location: Location; status?: Status; refresh: () => void }) {
  const { repo, rest } = route;
  switch (route.name) {
    case "search":
      return <SearchPage query={location.query.get("q") ?? ""} repo={location.query.get("repo") ?? ""} status={status} />;
    case "file":
      return <FilePage repo={repo} path={rest} hash={location.hash} key={`${repo}/${rest}`} />;
    case "tree":
      return <TreePage repo={repo} top={location.query.get("top") ?? ""} key={`${repo} ${location.query.get("top")}`} />;
    case "schematic":
      return <SchematicPage repo={repo} module={location.query.get("module") ?? ""} />;
    case "cone":
      return <ConePage repo={repo} query={location.query} />;
    case "query":
      return <QueryPage query={location.query.get("q") ?? ""} repo={location.query.get("repo") ?? ""} status={status} />;
    case "status":
      return <StatusPage status={status} refresh={refresh} />;
    default:
      return (
        <Empty title="There is no such page">
          <a href="/">Search</a>
        </Empty>
      );
  }
}

function NavLink({ href, icon, active, children }: { href: string; icon: string; active: boolean; children: ComponentChildren }) {
  return (
    <a href={href} class="nav" aria-current={active ? "page" : undefined}>
      <Icon name={icon} />
      <span>{children}</span>
    </a>
  );
}

export function App() {
  const location = useLocation();
  const route = readRoute(location.path);
  const { status, error, refresh } = useStatus();
  const [help, setHelp] = useState(false);
  const names = useMemo(() => (status?.repositories ?? []).map((r) => r.name.split("/")[1]!), [status]);
  // The repository that pages of one are about: the address's, else the one chosen for searches, else the first.
  const asked = route.repo || location.query.get("repo") || "";
  const repo = asked || names[0] || "";
  useShortcuts(repo, () => setHelp(true));

  // What is typed is searched at once; each pause leaves one entry in the history.
  const isSearch = route.name === "search";
  const [draft, setDraft] = useState(location.query.get("q") ?? "");
  const current = isSearch ? (location.query.get("q") ?? "") : "";
  useEffect(() => {
    if (isSearch && document.activeElement?.id !== "search") setDraft(current);
    if (!isSearch) setDraft("");
  }, [current, isSearch]);

  const type = (query: string) => {
    setDraft(query);
    navigate(to.search(query, isSearch ? asked : asked && names.length > 1 ? asked : ""), isSearch && current !== "");
  };

  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="top">
        <a href="/" class="brand" aria-label="Fanin, start page">
          <Logo />
          <span>Fanin</span>
        </a>
        <SearchBox
          value={draft}
          repo={asked}
          repositories={names}
          autofocus={isSearch}
          onInput={type}
          onSubmit={() => {
            navigate(to.search(draft, asked));
            document.querySelector<HTMLElement>(".result a")?.focus();
          }}
        />
        <select
          aria-label="Repository"
          value={asked}
          onChange={(event) => {
            const chosen = event.currentTarget.value;
            if (route.name === "query") navigate(to.query(location.query.get("q") ?? "", chosen));
            else if (route.name === "tree" && chosen) navigate(to.tree(chosen));
            else navigate(to.search(draft, chosen));
          }}
        >
          <option value="">All repositories</option>
          {names.map((name) => (
            <option value={name}>{name}</option>
          ))}
        </select>
        <button class="ghost" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" onClick={() => setHelp(true)}>
          <Icon name="help" />
        </button>
        <ThemeButton />
      </header>
      <nav class="side" aria-label="Pages">
        <NavLink href={to.search("")} icon="search" active={isSearch}>
          Search
        </NavLink>
        <NavLink href={repo ? to.tree(repo) : "/status"} icon="tree" active={route.name === "tree"}>
          Hierarchy
        </NavLink>
        <NavLink href={repo ? to.cone(repo, "") : "/status"} icon="cone" active={route.name === "cone"}>
          Cones
        </NavLink>
        <NavLink href={repo ? to.schematic(repo, "") : "/status"} icon="schematic" active={route.name === "schematic"}>
          Schematic
        </NavLink>
        <NavLink href={to.query("", asked)} icon="query" active={route.name === "query"}>
          Query
        </NavLink>
        <NavLink href={to.status()} icon="status" active={route.name === "status"}>
          Status
        </NavLink>
        <div class="foot">
          <span class={`dot ${error ? "bad" : status?.state === "STATE_READY" ? "good" : "fair"}`} />
          {error ? "offline" : status ? `v${status.version}` : "…"}
        </div>
      </nav>
      <main id="main" tabIndex={-1}>
        <Page route={route} location={location} status={status} refresh={refresh} />
      </main>
      {help && <Help close={() => setHelp(false)} />}
    </>
  );
}
