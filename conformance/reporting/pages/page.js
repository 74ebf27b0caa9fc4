"use strict";
(() => {
  const rows = [...document.querySelectorAll(".row")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const form = document.getElementById("filter");
  const field = (name) => document.getElementById(name);
  const selects = ["family", "outcome", "level"];
  const apply = () => {
    const words = field("words").value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = selects.map((name) => [name, field(name).value]).filter(([, value]) => value);
    let shown = 0;
    rows.forEach((row, at) => {
      const fits = wanted.every(([name, value]) => row.dataset[name] === value) && words.every((word) => texts[at].includes(word));
      if (row.hidden === fits) row.hidden = !fits;
      shown += fits;
    });
    field("found").value = shown === rows.length ? `${rows.length} shown` : `${shown} of ${rows.length} shown`;
  };
  const open = () => {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (row && row.matches("details")) { row.hidden = false; row.open = true; row.scrollIntoView(); row.querySelector("summary").focus(); }
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  window.addEventListener("hashchange", open);
  window.addEventListener("beforeprint", () => rows.forEach((row) => { if (row.dataset.outcome !== "passed") row.open = true; }));
  apply();
  open();
})();
