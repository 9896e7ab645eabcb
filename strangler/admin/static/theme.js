// Runs before the page is painted, so that it never flashes in the wrong colours.
(() => {
  const wanted = localStorage.getItem("ficus-theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const theme = localStorage.getItem("ficus-theme") ?? (dark.matches ? "dark" : "light");
    document.documentElement.dataset.theme = theme;
  };
  if (wanted !== "dark" && wanted !== "light") localStorage.removeItem("ficus-theme");
  dark.addEventListener("change", apply);
  apply();
})();
