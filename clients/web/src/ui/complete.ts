// What may come next in a query: keys, their values, and names from the index.
import * as api from "../api";

export interface Completion {
  text: string; // to stand in place of the word at the cursor
  label: string;
  detail: string;
  open: boolean; // more is to be typed directly after it
}

// docs/query_syntax.md
export const KEYS: Record<string, string> = {
  kind: "shows an element of the kind",
  name: "declares an element of the name",
  in: "is inside a named scope",
  module: "is inside the module",
  file: "is in such a file",
  lang: "is in the language",
  drives: "drives the signal",
  reads: "reads the signal",
  clock: "is clocked by the signal",
  reset: "is reset by the signal",
  instantiates: "has an instance of the module",
  instance_of: "has an instance of the module",
  license: "is in a file under the licence",
  repo: "is in the repository",
};

const KINDS = `module interface package class program function task port signal parameter typedef enum_member struct_field
  always always_ff always_comb always_latch initial final assign instance generate modport assertion covergroup macro
  document register block definition`.split(/\s+/);

const VALUES: Record<string, string[]> = {
  kind: KINDS,
  lang: ["verilog", "systemverilog", "markdown", "rst", "hjson", "rdl"],
  license: ["permissive", "copyleft", "unknown", "Apache-2.0", "MIT", "SHL-0.51"],
};

// What has a name that is looked up by its beginning; without a label all of the graph would be read.
const NAMED = ":Signal|Definition|Instance|Parameter|Package|Class|Typedef|Function|Task|Macro";

// Which labels of the graph a key's value names.
const LABELS: Record<string, string> = {
  module: ":Module",
  instantiates: ":Module",
  instance_of: ":Module",
  drives: ":Signal",
  reads: ":Signal",
  clock: ":Signal",
  reset: ":Signal",
  name: NAMED,
  in: ":Definition",
};

export interface Word {
  start: number;
  end: number;
  negated: boolean;
  key: string; // "": a free word
  text: string; // after the key
}

// The item of the query that the cursor is in.
export function wordAt(query: string, cursor: number): Word {
  let start = cursor;
  while (start > 0 && !/[\s()]/.test(query[start - 1]!)) --start;
  let end = cursor;
  while (end < query.length && !/[\s()]/.test(query[end]!)) ++end;
  const text = query.slice(start, cursor);
  const negated = text.startsWith("-");
  const match = /^-?([A-Za-z_]+):(.*)$/.exec(text);
  if (match) return { start, end, negated, key: match[1]!.toLowerCase(), text: match[2]! };
  return { start, end, negated, key: "", text: negated ? text.slice(1) : text };
}

// The completion goes on from what is typed.
export function fits(item: Completion, word: Word): boolean {
  const typed = (word.negated ? "-" : "") + (word.key ? `${word.key}:` : "") + word.text;
  return item.text.toLowerCase().startsWith(typed.toLowerCase());
}

// Names are asked for when the keys pause: results come first.
const PAUSE_MS = 100;

async function names(prefix: string, label: string, repo: string, signal: AbortSignal) {
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  signal.throwIfAborted();
  const quoted = prefix.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  const text = `MATCH (n${label}) WHERE n.name STARTS WITH '${quoted}' RETURN DISTINCT n.name, n.kind LIMIT 40`;
  const response = await api.cypher(text, repo, 40, signal);
  const kinds = new Map<string, string>();
  for (const row of response.rows) {
    const name = row.values[0]?.stringValue;
    if (name && !kinds.has(name)) kinds.set(name, row.values[1]?.stringValue ?? "");
  }
  return [...kinds].sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1));
}

export async function complete(
  query: string,
  cursor: number,
  repositories: string[],
  repo: string,
  signal: AbortSignal,
): Promise<Completion[]> {
  const word = wordAt(query, cursor);
  const minus = word.negated ? "-" : "";
  const found: Completion[] = [];
  const add = (text: string, detail: string, open = false) =>
    found.push({ text: minus + text, label: text, detail, open });
  if (word.key === "") {
    for (const [key, detail] of Object.entries(KEYS)) {
      if (word.text !== "" && key.startsWith(word.text.toLowerCase())) add(`${key}:`, detail, true);
    }
    if (word.text.length >= 2 && /^[A-Za-z_]\w*$/.test(word.text)) {
      for (const [name, kind] of (await names(word.text, NAMED, repo, signal)).slice(0, 8)) {
        if (name !== word.text) add(name, kind);
      }
    }
    return found;
  }
  const values = word.key === "repo" ? repositories : VALUES[word.key];
  for (const value of values ?? []) {
    if (value.toLowerCase().startsWith(word.text.toLowerCase())) add(`${word.key}:${value}`, KEYS[word.key] ?? "");
  }
  const label = LABELS[word.key];
  if (label !== undefined && /^[A-Za-z_]\w*$/.test(word.text)) {
    for (const [name, kind] of (await names(word.text, label, repo, signal)).slice(0, 10)) {
      add(`${word.key}:${name}`, kind);
    }
  }
  return found.slice(0, 12);
}
