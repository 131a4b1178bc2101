import { useEffect, useRef } from "preact/hooks";
import { KEYS } from "./complete";
import { Icon } from "./icons";

const SHORTCUTS: [string, string][] = [
  ["/  or  Ctrl K", "search box"],
  ["Tab", "take a completion"],
  ["j  k", "next, previous result"],
  ["Enter", "open what is chosen"],
  ["c", "cone of what is chosen"],
  ["g s", "go to search"],
  ["g t", "go to the hierarchy"],
  ["g q", "go to the query page"],
  ["g i", "go to the index status"],
  ["← ↑ → ↓", "move in pictures and trees"],
  ["e", "expand the chosen node of a picture"],
  ["+  −  0", "zoom in, out, fit"],
  ["?", "this page"],
];

export function Help({ close }: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="help" onClose={close} aria-labelledby="help-title">
      <header>
        <h2 id="help-title">Keyboard and query language</h2>
        <button class="ghost" aria-label="Close" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      <div class="columns">
        <dl>
          {SHORTCUTS.map(([keys, does]) => (
            <div>
              <dt>
                <kbd>{keys}</kbd>
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <dl>
          {Object.entries(KEYS).map(([key, does]) => (
            <div>
              <dt class="mono">{key}:</dt>
              <dd>the passage {does}</dd>
            </div>
          ))}
          <div>
            <dt class="mono">"…" /…/ -</dt>
            <dd>exact text, regex, not</dd>
          </div>
        </dl>
      </div>
    </dialog>
  );
}
