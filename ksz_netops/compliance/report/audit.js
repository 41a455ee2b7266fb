"use strict";
// Narrows the page down to what is asked for; what is asked for may stand in the address, so that a
// view can be passed on: audit.html?text=P00005&hub=hub-bru-1&verdict=violated
const form = document.getElementById("filters");
const things = [...document.querySelectorAll("[data-verdict]")].map((element) => ({
  element,
  text: element.textContent.toLowerCase(),
}));
const findings = things.filter(({ element }) => "finding" in element.dataset);

function narrow() {
  const asked = new FormData(form);
  const words = asked.get("text").toLowerCase().split(/\s+/).filter(Boolean);
  const verdicts = new Set(asked.getAll("verdict"));
  const hub = asked.get("hub");
  for (const { element, text } of things) {
    const { verdict, hub: of } = element.dataset;
    const fits = verdicts.has(verdict) && (!hub || of === hub) && words.every((word) => text.includes(word));
    element.hidden = !fits;
  }
  for (const cause of document.querySelectorAll("[data-cause]")) {
    cause.hidden = !cause.querySelector("[data-finding]:not([hidden])");
  }
  const shown = findings.filter(({ element }) => !element.hidden).length;
  document.getElementById("shown").textContent = `${shown} of ${findings.length} listed findings shown`;
}

const given = new URLSearchParams(location.search);
for (const name of ["text", "hub"]) {
  if (given.has(name)) form.elements[name].value = given.get(name);
}
if (given.has("verdict")) {
  for (const box of form.elements.verdict) box.checked = given.getAll("verdict").includes(box.value);
}
form.hidden = false;
form.addEventListener("input", narrow);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(narrow));
// A mark in the matrix must lead to its finding even where that one is filtered away.
addEventListener("hashchange", () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target && target.hidden) {
    form.reset();
    setTimeout(() => target.scrollIntoView());
  }
});
narrow();
