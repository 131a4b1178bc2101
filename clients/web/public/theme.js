// Before the first paint, so that nothing flashes: the theme chosen last, else the system's.
document.documentElement.dataset.theme =
  localStorage.getItem("fanin.theme") ?? (matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark");
