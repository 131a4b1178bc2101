// Line icons, 16 by 16, drawn for this project.
const PATHS: Record<string, string> = {
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM11 11l3 3",
  tree: "M3 2v9a1 1 0 0 0 1 1h4M3 6h5M10 4h4v4h-4zM10 10h4v4h-4z",
  schematic: "M2 3h4v4H2zM10 9h4v4h-4zM6 5h2a1 1 0 0 1 1 1v4a1 1 0 0 0 1 1",
  query: "M2 3h12M2 8h7M2 13h4M10 12l2 2 3-4",
  status: "M1 8h3l2-5 4 10 2-5h3",
  cone: "M2 3c5 0 5 5 9 5M2 8h9M2 13c5 0 5-5 9-5M11 8h3",
  conein: "M2 3c5 0 5 5 9 5M2 8h9M2 13c5 0 5-5 9-5M11 8h3",
  coneout: "M14 3C9 3 9 8 5 8M14 8H5M14 13c-5 0-5-5-9-5M5 8H2",
  file: "M4 1.5h5l3.5 3.5v9.500H4zM9 1.500V5h3.500",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1v1.500M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1",
  moon: "M13.500 9.500A6 6 0 0 1 6.500 2.500a6 6 0 1 0 7 7Z",
  right: "M6 3l5 5-5 5",
  fit: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  close: "M3.500 3.500l9 9M12.500 3.500l-9 9",
  warning: "M8 2l6.500 11.500h-13ZM8 6.500v3M8 11.500v.2",
  refresh: "M13.500 8a5.500 5.500 0 1 1-1.700-4M13.500 1.500V4.500h-3",
  help: "M8 14.500a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13ZM6.200 6.200a1.900 1.900 0 1 1 2.600 1.800c-.6.3-.8.600-.8 1.200M8 11.500v.1",
  link: "M6.500 9.500l3-3M7 4.500l1.500-1.500a3 3 0 0 1 4.500 4.500L11.500 9M9 11.500L7.500 13A3 3 0 0 1 3 8.500L4.500 7",
};

export function Icon({ name }: { name: string }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Logo() {
  return (
    <svg viewBox="0 0 24 24" width="22" height="22" class="logo" aria-hidden="true">
      <path d="M3 5c7 0 8 7 13 7M3 12h13M3 19c7 0 8-7 13-7" />
      <circle cx="19" cy="12" r="2.4" />
    </svg>
  );
}
