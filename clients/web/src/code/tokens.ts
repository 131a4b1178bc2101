// A lexer of Verilog and SystemVerilog for colours: linear, never fails, keeps every character. State that crosses lines (a
// block comment, a string with an escaped line end) is passed on, so that a file can be lexed in pieces.

export type TokenKind = "comment" | "string" | "number" | "keyword" | "type" | "macro" | "system" | "name" | "plain";

export interface Token {
  kind: TokenKind;
  text: string;
}

export type LexState = "code" | "comment" | "string";

const KEYWORDS = new Set(
  `accept_on alias always always_comb always_ff always_latch and assert assign assume automatic before begin bind bins
  binsof break buf bufif0 bufif1 case casex casez cell checker class clocking config constraint context continue cover
  covergroup coverpoint cross deassign default defparam design disable dist do edge else end endcase endchecker endclass
  endclocking endconfig endfunction endgenerate endgroup endinterface endmodule endpackage endprimitive endprogram
  endproperty endsequence endspecify endtable endtask enum eventually expect export extends extern final first_match for
  force foreach forever fork forkjoin function generate genvar global if iff ifnone ignore_bins illegal_bins implements
  implies import initial inout input inside instance interconnect interface intersect join join_any join_none let liblist
  library local localparam macromodule matches modport module nand negedge new nexttime nmos nor not notif0 notif1 null or
  output package packed parameter pmos posedge primitive priority program property protected pulldown pullup pure rand
  randc randcase randsequence ref reject_on release repeat restrict return s_always s_eventually s_nexttime s_until
  sequence showcancelled soft solve specify specparam static strong struct super sync_accept_on sync_reject_on table
  tagged task this throughout timeprecision timeunit tran type typedef union unique unique0 until until_with untyped use
  virtual wait wait_order weak while wildcard with within xnor xor`.split(/\s+/),
);

const TYPES = new Set(
  `bit byte chandle event int integer logic longint real realtime reg shortint shortreal signed string supply0 supply1
  time tri tri0 tri1 triand trior trireg unsigned uwire var void wand wire wor`.split(/\s+/),
);

const PATTERN =
  /(\s+)|(\/\/[^\n]*)|(\/\*)|(")|(`[A-Za-z_]\w*)|(\$[A-Za-z_]\w*)|((?:\d[\d_]*)?'[sS]?[bBoOdDhH]\s*[0-9a-fA-FxXzZ?_]+|'[01xXzZ]|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?(?:fs|ps|ns|us|ms|s)?\b)|([A-Za-z_][\w$]*|\\\S+)|([^\s\w"`$/\\]+|.)/gy;

export function lex(text: string, state: LexState = "code"): { tokens: Token[]; state: LexState } {
  const tokens: Token[] = [];
  let at = 0;
  const push = (kind: TokenKind, end: number) => {
    if (end > at) tokens.push({ kind, text: text.slice(at, end) });
    at = end;
  };
  const finishComment = (from: number) => {
    const close = text.indexOf("*/", from);
    push("comment", close < 0 ? text.length : close + 2);
    return close < 0 ? "comment" : "code";
  };
  const finishString = (from: number): LexState => {
    let end = from;
    while (end < text.length && text[end] !== '"' && text[end] !== "\n") end += text[end] === "\\" ? 2 : 1;
    const open = end >= text.length;
    push("string", Math.min(text[end] === '"' ? end + 1 : end, text.length));
    return open ? "string" : "code";
  };
  if (state === "comment") state = finishComment(0);
  else if (state === "string") state = finishString(0);
  while (at < text.length) {
    PATTERN.lastIndex = at;
    const match = PATTERN.exec(text);
    if (!match) {
      push("plain", text.length);
      break;
    }
    const end = PATTERN.lastIndex;
    if (match[2]) push("comment", end);
    else if (match[3]) state = finishComment(end);
    else if (match[4]) state = finishString(end);
    else if (match[5]) push("macro", end);
    else if (match[6]) push("system", end);
    else if (match[7]) push("number", end);
    else if (match[8]) push(KEYWORDS.has(match[8]) ? "keyword" : TYPES.has(match[8]) ? "type" : "name", end);
    else push("plain", end);
  }
  return { tokens, state };
}

// Tokens of each line of a text.
export function lexLines(text: string): Token[][] {
  let state: LexState = "code";
  return text.replace(/\n$/, "").split("\n").map((line) => {
    // A string or comment is open at the line's end only if the line end belongs to it.
    const lexed = lex(line, state);
    state = lexed.state === "string" && !line.endsWith("\\") ? "code" : lexed.state;
    return lexed.tokens;
  });
}

export const isHdl = (path: string) => /\.(s?vh?|vp|vlib|svi|f)$/i.test(path);
