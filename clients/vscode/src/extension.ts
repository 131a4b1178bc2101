// The extension: commands, views and the status bar of VS Code, around questions.ts and server.ts.
import * as path from "node:path";
import * as vscode from "vscode";
import type { Repository, SearchResult } from "../../web/src/types";
import {
  hoverText,
  isSignal,
  neighbours,
  overlaysOf,
  placeOf,
  resolve,
  statusOf,
  type Neighbour,
  type Place,
} from "./questions";
import { isAbsent, Server, ServerError, type Direction, type Overlay } from "./server";

const RTL = { scheme: "file", pattern: "**/*.{v,vh,sv,svh}" };
const STATUS_INTERVAL_MS = 30_000;

// What all parts share: the server of the settings, and its repositories as last seen.
class Session implements vscode.Disposable {
  repositories: Repository[] = [];
  private readonly item = vscode.window.createStatusBarItem("fanin.status", vscode.StatusBarAlignment.Left);
  private readonly timer = setInterval(() => void this.refresh(), STATUS_INTERVAL_MS);

  constructor() {
    this.item.name = "Fanin";
    this.item.command = "fanin.status";
    this.item.show();
  }

  dispose() {
    clearInterval(this.timer);
    this.item.dispose();
  }

  get settings() {
    return vscode.workspace.getConfiguration("fanin");
  }

  get server() {
    return new Server(this.settings.get("server", ""), this.settings.get("timeoutMs", 3000));
  }

  // Asks what is indexed, and shows it in the status bar.
  async refresh(): Promise<void> {
    try {
      this.repositories = await this.server.repositories();
      const file = vscode.window.activeTextEditor?.document.uri.fsPath ?? vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
      const place = file === undefined ? undefined : placeOf(`${file}/`, this.repositories);
      const repository = this.repositories.find(({ name }) => name === place?.repository);
      const shown = repository && statusOf(repository);
      this.item.text = `$(circuit-board) ${shown?.text ?? "Fanin"}`;
      this.item.tooltip = shown?.tooltip ?? `${this.repositories.length} repositories, none of which holds this file`;
      this.item.backgroundColor = undefined;
    } catch (error) {
      this.repositories = [];
      this.item.text = "$(circuit-board) Fanin: no server";
      this.item.tooltip = `${messageOf(error)}\nStart one: fanin serve --http 127.0.0.1:7412`;
      this.item.backgroundColor = new vscode.ThemeColor("statusBarItem.warningBackground");
    }
  }

  // Where a document stands in a repository; undefined: in none. Fails where there is no server.
  async placeOf(document: vscode.TextDocument): Promise<Place | undefined> {
    if (document.uri.scheme !== "file") return undefined;
    if (this.repositories.length === 0) this.repositories = await this.server.repositories();
    return placeOf(document.uri.fsPath, this.repositories);
  }

  overlays(repository: string): Overlay[] {
    if (!repository || !this.settings.get("unsavedTexts", true)) return [];
    const unsaved = vscode.workspace.textDocuments.filter((document) => document.isDirty && vscode.languages.match(RTL, document));
    return overlaysOf(
      repository,
      unsaved.map((document) => ({ file: document.uri.fsPath, text: document.getText() })),
      this.repositories,
    );
  }

  uriOf(repository: string, file: string): vscode.Uri {
    const root = this.repositories.find(({ name }) => name === repository)?.root ?? "";
    return vscode.Uri.file(path.join(root, file));
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function tell(error: unknown): Promise<void> {
  if (!isAbsent(error)) return void vscode.window.showErrorMessage(`Fanin: ${messageOf(error)}`);
  const settings = "Open Settings";
  const chosen = await vscode.window.showWarningMessage(
    `Fanin: ${messageOf(error)}. Start one with: fanin serve --http 127.0.0.1:7412`,
    settings,
  );
  if (chosen === settings) await vscode.commands.executeCommand("workbench.action.openSettings", "fanin.server");
}

// A signal of a cancellation token.
function signalOf(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController();
  token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}

async function open(uri: vscode.Uri, line: number, lastLine = line): Promise<void> {
  const selection = new vscode.Range(line - 1, 0, lastLine - 1, Number.MAX_SAFE_INTEGER);
  await vscode.window.showTextDocument(uri, { selection });
}

class Results implements vscode.TreeDataProvider<SearchResult> {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private results: SearchResult[] = [];

  constructor(private readonly session: Session) {}

  show(results: SearchResult[]) {
    this.results = results;
    this.changed.fire();
  }

  getChildren = (parent?: SearchResult) => (parent ? [] : this.results);

  getTreeItem({ node, range, reasons, text }: SearchResult): vscode.TreeItem {
    const name = node.anonymous ? node.qualifiedName.slice(0, Math.max(0, node.qualifiedName.lastIndexOf("."))) : node.qualifiedName;
    const item = new vscode.TreeItem(name || node.name || path.basename(node.path));
    const repository = node.resourceName.split("/")[1] ?? "";
    item.description = `${node.kind.replaceAll("_", " ")}  ${node.path}:${range.startLine}`;
    item.tooltip = new vscode.MarkdownString(reasons.join("; ")).appendCodeblock(text, "systemverilog");
    item.resourceUri = this.session.uriOf(repository, node.path);
    item.iconPath = new vscode.ThemeIcon("symbol-module");
    item.command = {
      command: "fanin.open",
      title: "Open",
      arguments: [repository, node.path, range.startLine, range.endLine],
    };
    return item;
  }
}

// The element that the name at a position means, with what was needed to find it.
async function elementAt(session: Session, document: vscode.TextDocument, position: vscode.Position, signal?: AbortSignal) {
  const range = document.getWordRangeAtPosition(position, /[A-Za-z_`][\w$]*/);
  const place = range && (await session.placeOf(document));
  if (!place) return undefined;
  const overlays = session.overlays(place.repository);
  const before = document.lineAt(range.start.line).text.slice(0, range.start.character);
  const at = { path: place.path, line: range.start.line + 1, column: Buffer.byteLength(before) + 1 };
  const node = await resolve(session.server, place.repository, document.getText(range), at, overlays, signal);
  return node && { node, range, place, overlays };
}

async function hover(session: Session, document: vscode.TextDocument, position: vscode.Position, token: vscode.CancellationToken) {
  if (!session.settings.get("hover", true)) return undefined;
  const signal = signalOf(token);
  try {
    const element = await elementAt(session, document, position, signal);
    if (!element) return undefined;
    const { node, range, place, overlays } = element;
    const ask = (direction: Direction) => neighbours(session.server, node, direction, overlays, signal);
    const [drivers, loads] = isSignal(node) ? await Promise.all([ask("fanin"), ask("fanout")]) : [];
    const link = (file: string, line: number) => {
      const target = encodeURIComponent(JSON.stringify([place.repository, file, line, line]));
      return `command:fanin.open?${target}`;
    };
    const text = new vscode.MarkdownString(hoverText(node, drivers, loads, link));
    text.isTrusted = { enabledCommands: ["fanin.open"] };
    return new vscode.Hover(text, range);
  } catch (error) {
    // A hover is nobody's request: the status bar says when there is no server.
    if (!(error instanceof ServerError) && !token.isCancellationRequested) throw error;
    void session.refresh();
    return undefined;
  }
}

// The element under the cursor of the active editor; tells the user when there is none.
async function elementAtCursor(session: Session) {
  const editor = vscode.window.activeTextEditor;
  const element = editor && (await elementAt(session, editor.document, editor.selection.active));
  if (!element) void vscode.window.showInformationMessage("Fanin: no indexed name is at the cursor.");
  return element;
}

async function goTo(session: Session, direction: Direction): Promise<void> {
  const element = await elementAtCursor(session);
  if (!element) return;
  const { node, place, overlays } = element;
  const { all } = await neighbours(session.server, node, direction, overlays);
  const what = direction === "fanin" ? "drivers" : "loads";
  if (all.length === 0) return void vscode.window.showInformationMessage(`Fanin: ${node.qualifiedName} has no ${what} here.`);
  const go = ({ path: file, line }: Neighbour) => open(session.uriOf(place.repository, file), line);
  const places = new Set(all.map(({ path: file, line }) => `${file}:${line}`));
  if (places.size === 1) return go(all[0]!);
  const chosen = await vscode.window.showQuickPick(
    all.map((one) => ({ label: one.name, description: one.how, detail: `${one.path}:${one.line}${one.guard && `  when ${one.guard}`}`, one })),
    { title: `${what} of ${node.qualifiedName}`, matchOnDetail: true },
  );
  if (chosen) await go(chosen.one);
}

// The web UI's picture of a cone, in a panel beside the editor.
async function showCone(session: Session, direction: Direction): Promise<void> {
  const element = await elementAtCursor(session);
  if (!element) return;
  const { node, place } = element;
  const name = direction === "fanin" ? "Fan-in" : "Fan-out";
  const panel = vscode.window.createWebviewPanel("fanin.cone", `${name} of ${node.name}`, vscode.ViewColumn.Beside, {
    enableScripts: true,
    retainContextWhenHidden: true,
  });
  const page = await vscode.env.asExternalUri(
    vscode.Uri.parse(session.server.conePage(place.repository, node.resourceName.split("/").at(-1)!, direction)),
  );
  panel.webview.html = framed(page.toString(true));
}

// A page of the server, as the whole of a webview. Nothing else may load.
function framed(page: string): string {
  const address = page.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  const origin = new URL(page).origin;
  return `<!DOCTYPE html>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; frame-src ${origin}; style-src 'unsafe-inline'">
<style>html, body, iframe { margin: 0; padding: 0; border: 0; width: 100%; height: 100%; display: block; overflow: hidden; }</style>
<iframe src="${address}" title="Cone" sandbox="allow-scripts allow-same-origin allow-forms allow-popups"></iframe>`;
}

async function search(session: Session, results: Results, view: vscode.TreeView<SearchResult>, query?: string): Promise<void> {
  query ??= await vscode.window.showInputBox({
    title: "Search RTL",
    placeHolder: "write pointer gray code kind:always clock:wr_clk*",
    prompt: "Words rank; kind: name: drives: reads: clock: in: file: and others are conditions.",
  });
  if (!query) return;
  const text = query;
  await session.refresh();
  // With unsaved texts a search is of one repository.
  const file = vscode.window.activeTextEditor?.document.uri.fsPath;
  const place = file === undefined ? undefined : placeOf(file, session.repositories);
  const overlays = place ? session.overlays(place.repository) : [];
  const repository = overlays.length > 0 ? place!.repository : "";
  const answer = await vscode.window.withProgress({ location: { viewId: "fanin.results" } }, () =>
    session.server.search(text, session.settings.get("searchLimit", 50), repository, overlays),
  );
  results.show(answer.results);
  view.title = text;
  view.message = [
    answer.results.length === 0 ? "Nothing found." : "",
    answer.truncated ? `The best ${answer.results.length}; there are more.` : "",
    ...answer.warnings,
  ]
    .filter(Boolean)
    .join(" ");
  await vscode.commands.executeCommand("fanin.results.focus");
}

async function index(session: Session): Promise<void> {
  await session.refresh();
  const file = vscode.window.activeTextEditor?.document.uri.fsPath ?? vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const place = file === undefined ? undefined : placeOf(`${file}/`, session.repositories);
  if (!place) {
    // An absent server says so itself.
    await session.server.repositories();
    return void vscode.window.showInformationMessage("Fanin: this folder is not indexed: fanin index PATH.");
  }
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: `Indexing ${place.repository}`, cancellable: true },
    async (progress, token) => {
      const show = ({ progress: at }: { progress?: { phase: string; done: string; total: string } }) =>
        at && progress.report({ message: `${at.phase.toLowerCase()} ${at.done} of ${at.total}` });
      await session.server.index(place.repository, show, signalOf(token)).catch((error) => {
        if (!token.isCancellationRequested) throw error;
      });
    },
  );
  await session.refresh();
}

export function activate(context: vscode.ExtensionContext): void {
  const session = new Session();
  const results = new Results(session);
  const view = vscode.window.createTreeView("fanin.results", { treeDataProvider: results });
  // A command's failure is told, never thrown at the editor.
  const command = (name: string, run: (...values: never[]) => Promise<unknown>) =>
    vscode.commands.registerCommand(name, (...values) => run(...(values as never[])).catch(tell));
  context.subscriptions.push(
    session,
    view,
    command("fanin.search", (query?: string) => search(session, results, view, query)),
    command("fanin.goToDriver", () => goTo(session, "fanin")),
    command("fanin.goToLoad", () => goTo(session, "fanout")),
    command("fanin.showFanin", () => showCone(session, "fanin")),
    command("fanin.showFanout", () => showCone(session, "fanout")),
    command("fanin.index", () => index(session)),
    command("fanin.status", async () => {
      await session.server.repositories();
      await vscode.env.openExternal(vscode.Uri.parse(session.server.statusPage()));
    }),
    command("fanin.open", (repository: string, file: string, line: number, lastLine?: number) =>
      open(session.uriOf(repository, file), line, lastLine),
    ),
    vscode.languages.registerHoverProvider(RTL, {
      provideHover: (document, position, token) => hover(session, document, position, token),
    }),
    vscode.window.onDidChangeActiveTextEditor(() => void session.refresh()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("fanin")) void session.refresh();
    }),
  );
  void session.refresh();
}
