// The search box: a combobox (WAI-ARIA 1.2) over the query language.
import { useEffect, useRef, useState } from "preact/hooks";
import { complete, fits, wordAt, type Completion } from "./complete";
import { Icon } from "./icons";

interface Props {
  value: string;
  repo: string;
  repositories: string[];
  autofocus?: boolean;
  onInput: (query: string) => void;
  onSubmit: () => void; // Enter without a completion chosen
}

export function SearchBox({ value, repo, repositories, autofocus, onInput, onSubmit }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [items, setItems] = useState<Completion[]>([]);
  const [active, setActive] = useState(-1);
  const asked = useRef<AbortController>();

  useEffect(() => {
    if (autofocus) input.current?.focus();
  }, []);

  const close = () => {
    asked.current?.abort();
    setItems([]);
    setActive(-1);
  };

  const ask = (query: string) => {
    asked.current?.abort();
    const abort = (asked.current = new AbortController());
    const cursor = input.current?.selectionStart ?? query.length;
    // Until the answer comes, those that go on from what is typed now.
    setItems((shown) => shown.filter((item) => fits(item, wordAt(query, cursor))));
    complete(query, cursor, repositories, repo, abort.signal).then(
      (found) => {
        if (abort.signal.aborted) return;
        setItems(found);
        setActive(-1);
      },
      () => undefined, // a box without completions is still a box; searches say what is wrong
    );
  };

  // In place of the word at the cursor, as it is now: keys may have come that are not rendered yet.
  const take = (item: Completion) => {
    const box = input.current!;
    const word = wordAt(box.value, box.selectionStart ?? box.value.length);
    if (!fits(item, word)) return close();
    const query = box.value.slice(0, word.start) + item.text + (item.open ? "" : " ") + box.value.slice(word.end).trimStart();
    const cursor = word.start + item.text.length + (item.open ? 0 : 1);
    box.value = query;
    box.setSelectionRange(cursor, cursor);
    onInput(query);
    close();
    if (item.open) ask(query);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && items.length > 0) {
      event.preventDefault();
      // The input itself, -1, is one of the stops.
      const stops = items.length + 1;
      setActive(((active + 1 + step + stops) % stops) - 1);
    } else if (event.key === "Tab" && items.length > 0 && !event.shiftKey) {
      event.preventDefault();
      take(items[Math.max(active, 0)]!);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (active >= 0) return take(items[active]!);
      close();
      onSubmit();
    } else if (event.key === "Escape") {
      if (items.length > 0) return close();
      input.current?.blur();
    }
  };

  return (
    <div class="searchbox">
      <Icon name="search" />
      <input
        ref={input}
        id="search"
        type="text"
        role="combobox"
        aria-label="Search code"
        aria-expanded={items.length > 0}
        aria-controls="completions"
        aria-autocomplete="list"
        aria-activedescendant={active >= 0 ? `completion-${active}` : undefined}
        placeholder="Search by words, meaning and structure…"
        spellcheck={false}
        autocomplete="off"
        value={value}
        onInput={(event) => {
          onInput(event.currentTarget.value);
          ask(event.currentTarget.value);
        }}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      <kbd title="Focus the search box">/</kbd>
      <ul id="completions" role="listbox" aria-label="Completions" class="completions" hidden={items.length === 0}>
        {items.map((item, index) => (
          <li
            id={`completion-${index}`}
            role="option"
            aria-selected={index === active}
            onMouseDown={(event) => {
              event.preventDefault();
              take(item);
            }}
          >
            <span class="mono">{item.label}</span>
            <span class="muted">{item.detail.replaceAll("_", " ")}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
