// A box for the name of an element, with names of the index to choose from.
import { useEffect, useRef, useState } from "preact/hooks";
import * as api from "../api";

interface Props {
  repo: string;
  label: string;
  value: string;
  where: string; // a label of the graph: ":Module"
  onChange: (name: string) => void;
}

export function NameInput({ repo, label, value, where, onChange }: Props) {
  const [draft, setDraft] = useState(value);
  const [names, setNames] = useState<string[]>([]);
  const asked = useRef<AbortController>();
  useEffect(() => setDraft(value), [value]);

  const ask = (text: string) => {
    asked.current?.abort();
    const abort = (asked.current = new AbortController());
    const last = text.slice(text.lastIndexOf(".") + 1);
    if (!/^[A-Za-z_]\w+$/.test(last)) return setNames([]);
    const returned = where === ":Module" ? "n.name" : "n.qualified_name";
    const cypher = `MATCH (n${where}) WHERE n.name STARTS WITH '${last}' RETURN DISTINCT ${returned} LIMIT 50`;
    api.cypher(cypher, repo, 50, abort.signal).then(
      (response) => setNames(response.rows.map((row) => row.values[0]?.stringValue ?? "")),
      () => undefined, // names are a help only
    );
  };

  return (
    <form
      class="nameinput"
      onSubmit={(event) => {
        event.preventDefault();
        if (draft.trim()) onChange(draft.trim());
      }}
    >
      <input
        type="text"
        class="mono"
        aria-label={label}
        placeholder={`${label}…`}
        list="names"
        spellcheck={false}
        autocomplete="off"
        value={draft}
        onInput={(event) => {
          const text = event.currentTarget.value;
          setDraft(text);
          // A choice from the list comes as one input.
          if (names.includes(text)) onChange(text);
          else ask(text);
        }}
      />
      <datalist id="names">
        {names.map((name) => (
          <option value={name} />
        ))}
      </datalist>
    </form>
  );
}
