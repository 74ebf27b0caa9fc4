"use strict";
(() => {
  const rows = [...document.querySelectorAll("details[data-target]")];
  const lines = new Map([...document.querySelectorAll("tr[data-of]")].map((line) => [line.dataset.of, line]));
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const form = document.getElementById("filter");
  const field = (name) => document.getElementById(name);
  const apply = () => {
    const words = field("words").value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = ["owner", "verdict"].map((name) => [name, field(name).value]).filter(([, value]) => value);
    let shown = 0;
    rows.forEach((row, at) => {
      const has = ([name, value]) => (name === "owner" && value === "-" ? "" : value) === row.dataset[name];
      const fits = wanted.every(has) && words.every((word) => texts[at].includes(word));
      if (row.hidden === fits) row.hidden = !fits;
      const line = lines.get(row.id);
      if (line && line.hidden === fits) line.hidden = !fits;
      shown += fits;
    });
    field("found").value = shown === rows.length ? `${rows.length} shown` : `${shown} of ${rows.length} shown`;
  };
  const open = () => {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (row && row.matches("details")) { const around = row.parentElement.closest("details"); if (around) around.open = true; row.hidden = false; row.open = true; row.scrollIntoView(); row.querySelector("summary").focus(); }
  };
  document.querySelectorAll("a[data-owner]").forEach((link) => link.addEventListener("click", () => { field("owner").value = link.dataset.owner; apply(); }));
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  window.addEventListener("hashchange", open);
  apply();
  open();
})();
