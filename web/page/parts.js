// Elements, numbers and colours that the views share.

// An element with attributes, listeners (`onclick`) and children, texts among them.
const h = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter(child => child !== null && child !== undefined));
  return element;
};

const SVG = "http://www.w3.org/2000/svg";
const s = (tag, attributes = {}, ...children) => {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

const find = id => document.getElementById(id);

// A drawing of the program as an element.
const picture = (text, label) => {
  const svg = document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  return svg;
};

const percent = share => {
  const value = 100 * share;
  if (value >= 9.95) return `${value.toFixed(0)} %`;
  if (value >= 0.095) return `${value.toFixed(1)} %`;
  return value === 0 ? "0 %" : "< 0.1 %";
};
const count = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
const fixed = (value, digits = 2) => value.toFixed(digits).replace("-", "−");

// The kind of a token, by which it is coloured; "begin" and "end" are the words for these.
const kind = text => {
  if (["begin", "end", "[BOS]", "[EOS]"].includes(text)) return "end";
  if (text === "(" || text === ")") return "branch";
  if (text === ".") return "gap";
  if (/^(%\([0-9]+\)|%[0-9][0-9]|[0-9])$/.test(text)) return "ring";
  if (/^(->|<-|[-=#$:~/\\])$/.test(text)) return "bond";
  if (!/^(\[[^\]]*\]|Cl|Br|[A-Za-z*])$/.test(text)) return "group";
  return /^\[?[0-9]*[a-z]/.test(text) ? "aromatic" : "atom";
};

const KINDS = {
  atom: "atom", aromatic: "aromatic atom", bond: "bond", ring: "ring number", branch: "branch", group: "merged pair",
  gap: "gap between molecules", end: "end",
};

// A value from 0 to 1 as a colour from the ground to the accent.
const shade = (element, value) => element.style.setProperty("--share", `${Math.round(100 * Math.max(0, Math.min(1, value)))}%`);

// A bar whose length is a share.
const bar = (share, name = "bar") => {
  const inner = h("span", { class: name });
  inner.style.setProperty("width", `${Math.max(0.3, 100 * Math.min(1, share))}%`);
  return h("span", { class: "track", "aria-hidden": "true" }, inner);
};

// A button that is one of several, of which one is chosen.
const choices = (label, names, chosen, choose) => {
  const group = h("div", { class: "choices", role: "group", "aria-label": label }, h("span", {}, label));
  names.forEach((name, at) => group.append(h("button", {
    type: "button", "aria-pressed": String(at === chosen), onclick: event => {
      for (const other of group.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === event.currentTarget));
      choose(at);
    },
  }, name)));
  return group;
};

const slider = (label, attributes, shown, onchange) => {
  const told = h("span", { class: "told", "aria-hidden": "true" }, shown(attributes.value));
  const input = h("input", { type: "range", "aria-valuetext": shown(attributes.value), ...attributes, oninput: event => {
    const value = Number(event.target.value);
    told.textContent = shown(value);
    input.setAttribute("aria-valuetext", shown(value));
    onchange(value);
  } });
  return h("label", { class: "slider" }, h("span", {}, label), input, told);
};

const download = (name, type, text) => {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = h("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
};
