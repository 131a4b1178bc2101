// Source lines with colours, numbers and marks.
import { useMemo } from "preact/hooks";
import { isHdl, lexLines, type Token } from "./tokens";

export interface Mark {
  line: number; // 0-based within the text
  start: number; // columns, 0-based
  end: number;
}

// Cuts tokens where marks begin and end.
function withMarks(tokens: Token[], marks: Mark[]): { token: Token; marked: boolean }[] {
  const pieces: { token: Token; marked: boolean }[] = [];
  let column = 0;
  for (const token of tokens) {
    const end = column + token.text.length;
    let at = column;
    for (const mark of marks) {
      const from = Math.max(mark.start, at);
      const until = Math.min(mark.end, end);
      if (from >= until) continue;
      if (from > at) pieces.push({ token: { ...token, text: token.text.slice(at - column, from - column) }, marked: false });
      pieces.push({ token: { ...token, text: token.text.slice(from - column, until - column) }, marked: true });
      at = until;
    }
    if (at < end) pieces.push({ token: { ...token, text: token.text.slice(at - column) }, marked: false });
    column = end;
  }
  return pieces;
}

export function Tokens({ tokens, marks = [] }: { tokens: Token[]; marks?: Mark[] }) {
  if (marks.length === 0) {
    return <>{tokens.map((token) => (token.kind === "plain" ? token.text : <span class={`t-${token.kind}`}>{token.text}</span>))}</>;
  }
  return (
    <>
      {withMarks(tokens, marks).map(({ token, marked }) => {
        const text = token.kind === "plain" ? token.text : <span class={`t-${token.kind}`}>{token.text}</span>;
        return marked ? <mark>{text}</mark> : text;
      })}
    </>
  );
}

const plain = (text: string): Token[][] =>
  text.replace(/\n$/, "").split("\n").map((line) => [{ kind: "plain", text: line }]);

export const tokensOf = (path: string, text: string) => (isHdl(path) ? lexLines(text) : plain(text));

interface Props {
  path: string;
  text: string;
  firstLine: number;
  maxLines?: number;
  marks?: Mark[];
  focus?: number; // a line to set off
  href?: (line: number) => string;
}

// A passage. Where marks lie beyond maxLines, the lines around the first of them are shown.
export function CodeBlock({ path, text, firstLine, maxLines = 12, marks = [], focus, href }: Props) {
  const texts = useMemo(() => text.replace(/\n$/, "").split("\n"), [text]);
  const firstMark = marks[0]?.line ?? (focus ? focus - firstLine : 0);
  const begin = firstMark >= maxLines ? Math.min(firstMark - 2, texts.length - maxLines) : 0;
  const end = Math.min(texts.length, begin + maxLines);
  // What is above tells whether a comment is open; what is below is not looked at.
  const shown = useMemo(() => tokensOf(path, texts.slice(0, end).join("\n")).slice(begin), [path, texts, begin, end]);
  const width = String(firstLine + begin + shown.length).length;
  return (
    <pre class="code" style={{ "--digits": width }}>
      {shown.map((tokens, index) => {
        const line = begin + index;
        const number = firstLine + line;
        return (
          <div class={`line${focus === number ? " focus" : ""}`} key={number}>
            {href ? (
              <a class="number" href={href(number)} tabIndex={-1} aria-hidden="true">
                {number}
              </a>
            ) : (
              <span class="number">{number}</span>
            )}
            <code>
              <Tokens tokens={tokens} marks={marks.filter((mark) => mark.line === line)} />
            </code>
          </div>
        );
      })}
      {texts.length > shown.length && (
        <div class="more">
          {texts.length - shown.length} more line{texts.length - shown.length === 1 ? "" : "s"}
        </div>
      )}
    </pre>
  );
}
