// Runs in VS Code's extension host, with the real API: the host calls run(), and the results go into a file of the workspace.
const assert = require("node:assert/strict");
const { writeFileSync } = require("node:fs");
const { join } = require("node:path");
const vscode = require("vscode");

const root = () => vscode.workspace.workspaceFolders[0].uri.fsPath;
const FILE = "rtl/gray_fifo.v";

// Asks again until an answer is there: editors show things some time after a command has ended.
async function eventually(ask, what) {
  const end = Date.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// Opens the fixture's file with the cursor on the first place of `part`.
async function openAt(part) {
  const document = await vscode.workspace.openTextDocument(join(root(), FILE));
  const editor = await vscode.window.showTextDocument(document);
  const position = document.positionAt(document.getText().indexOf(part));
  editor.selection = new vscode.Selection(position, position);
  return { document, editor, position };
}

async function hoverAt(document, position) {
  const hovers = await vscode.commands.executeCommand("vscode.executeHoverProvider", document.uri, position);
  return hovers.flatMap(({ contents }) => contents.map(({ value }) => value)).join("\n");
}

const tests = {
  async TheExtensionStarts() {
    const extension = vscode.extensions.getExtension("fanin.fanin");
    await extension.activate();
    const commands = await vscode.commands.getCommands(true);
    for (const { command } of extension.packageJSON.contributes.commands) assert.ok(commands.includes(command), command);
  },

  async AHoverShowsDriversAndLoads() {
    const { document, position } = await openAt("full,");
    const text = await hoverAt(document, position);
    assert.match(text, /\*\*port\*\* `gray_fifo\.full`/);
    assert.match(text, /\*\*Drivers\*\* \(2\)/);
    assert.match(text, /\(command:fanin\.open\?/);
  },

  async GoToDriverOpensTheLine() {
    const { editor } = await openAt("full,");
    // Both drivers are in one statement: there is nothing to choose.
    await vscode.commands.executeCommand("fanin.goToDriver");
    const line = editor.document.getText().split("\n").findIndex((text) => text.includes("assign full"));
    await eventually(() => vscode.window.activeTextEditor.selection.start.line === line, "the driver's line");
  },

  async AnUnsavedSignalIsKnown() {
    const { document, editor } = await openAt("wire wr_ok");
    await editor.edit((edit) => edit.insert(editor.selection.active, "wire held = full;\n  "));
    assert.ok(document.isDirty);
    const text = await hoverAt(document, document.positionAt(document.getText().indexOf("held")));
    assert.match(text, /`gray_fifo\.held`/);
    assert.match(text, /\*\*Drivers\*\* \(1\)/);
    await vscode.commands.executeCommand("workbench.action.files.revert");
  },

  async ASearchFillsItsViewAndOpensAResult() {
    await vscode.commands.executeCommand("fanin.search", "drives:wr_ptr_gray kind:always");
    // The view's rows are there some time after the results.
    await eventually(async () => {
      await vscode.commands.executeCommand("fanin.results.focus");
      await vscode.commands.executeCommand("list.focusFirst");
      await vscode.commands.executeCommand("list.select");
      const editor = vscode.window.activeTextEditor;
      return editor && /The write pointer, binary/.test(editor.document.lineAt(editor.selection.start).text);
    }, "the result's line");
  },

  async AConeOpensInAPanel() {
    await openAt("wr_ok) mem");
    await vscode.commands.executeCommand("fanin.showFanin");
    const tabs = () => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs);
    await eventually(() => tabs().some(({ label }) => label === "Fan-in of wr_ok"), "the panel");
  },

  async AnAbsentServerIsNoError() {
    const settings = vscode.workspace.getConfiguration("fanin");
    const address = settings.get("server");
    await settings.update("server", "http://127.0.0.1:9", vscode.ConfigurationTarget.Workspace);
    const { document, position } = await openAt("full,");
    assert.equal(await hoverAt(document, position), "");
    // The command's message waits for the user, so the command does not end.
    void vscode.commands.executeCommand("fanin.goToDriver");
    await settings.update("server", address, vscode.ConfigurationTarget.Workspace);
    await eventually(async () => /gray_fifo\.full/.test(await hoverAt(document, position)), "the server");
  },
};

exports.run = async () => {
  const results = [];
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test();
      results.push({ name });
    } catch (error) {
      results.push({ name, error: error.stack ?? String(error) });
    }
  }
  writeFileSync(join(root(), "results.json"), JSON.stringify(results));
};
