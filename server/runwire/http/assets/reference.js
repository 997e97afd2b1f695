// Starts ReDoc. A file of its own, since the page's policy allows no inline script.
Redoc.init(
  new URL("openapi.json", document.baseURI).href,
  // Its search runs in a worker made from a blob, and its fonts would come from elsewhere.
  {
    disableSearch: true,
    theme: { typography: { fontFamily: "sans-serif", headings: { fontFamily: "sans-serif" } } },
  },
  document.getElementById("docs"),
);
