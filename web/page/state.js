// The text that all views are about, its tokens, the one under the cursor and the one that was chosen.

const state = { text: "", read: null, cursor: null, chosen: null, about: null };
const views = [];
let current = 0;
let shades = null;

// Whether an answer for a view still has its place: the view is open, and the text is the one it was asked for.
const isCurrent = (id, text, now = state.text) => views[current].id === id && text === now;

const tokens = () => state.read?.tokens ?? [];
// Whether the model can read the text.
const isRead = () => state.read !== null && tokens().length + (state.text === "" ? 1 : 0) > 0 && !state.read.unread;

// Marks one token in every view: its atoms in the drawing, its place in lists.
const setCursor = at => {
  if (state.cursor === at) return;
  state.cursor = at;
  light();
  lightTokens();
  views[current]?.cursor?.(at);
};
const lightTokens = () => {
  for (const element of document.querySelectorAll("[data-token]")) {
    element.classList.toggle("lit", Number(element.dataset.token) === state.cursor);
  }
};

// Chooses the token up to which the views that go on from the text take it; `null` is all of it. The cursor only passes over
// tokens, for instance on its way to such a view.
const chooseToken = at => {
  state.chosen = at === tokens().length - 1 ? null : at;
  for (const element of find("strip").children) {
    element.setAttribute("aria-pressed", String(Number(element.dataset.token) === state.chosen));
  }
  views[current]?.chosen?.();
};
// The text up to the chosen token.
const beginning = () => state.chosen === null ? state.text : tokens().slice(0, state.chosen + 1).map(token => token.text).join("");
// The text up to the chosen token, in words.
const afterBeginning = () => {
  const text = beginning();
  if (state.chosen === null) return ["After ", text === "" ? "nothing" : h("code", {}, text)];
  return ["After ", h("code", {}, text), ", the text up to the token chosen above ",
    h("button", { type: "button", class: "small", onclick: () => chooseToken(null) }, "take all of it")];
};

// Attributes of an element that stands for a token.
const ofToken = at => ({
  "data-token": at,
  onmouseenter: () => setCursor(at),
  onfocus: () => setCursor(at),
  onclick: () => { setCursor(at); if (at < tokens().length) chooseToken(at); },
});

// A token as a coloured piece.
const piece = (text, attributes = {}, tag = "span") =>
  h(tag, { ...attributes, class: `piece ${kind(text)} ${attributes.class ?? ""}` }, text);

const setText = async text => {
  state.text = text;
  if (find("text").value !== text) find("text").value = text;
  const read = await model.ask({ do: "read", text }, "read");
  if (read === null || text !== state.text) return;
  state.read = read;
  state.cursor = null;
  state.chosen = null;
  shades = null;
  showStage();
  views[current].show();
};

const verdict = () => {
  const { read, text } = state;
  if (text === "") return ["An empty text: the model begins from nothing.", false, null];
  if (read.error) return [read.error, true, null];
  if (!read.tokens) return [`Not a SMILES: ${read.fault.message}.`, true, read.fault.position];
  if (read.unread) return [`The model cannot read it: ${read.unread.message.replace(/ at byte \d+/, "")}.`, true, read.unread.position];
  if (read.fault) return [`Not a whole molecule: ${read.fault.message}.`, false, read.fault.position];
  return [`A molecule, ${count(tokens().length, "token")}; canonical: ${read.molecule.canonical}`, false, null];
};

const showStage = () => {
  const [sentence, isFault, position] = verdict();
  const place = find("verdict");
  place.className = isFault ? "fault" : state.read.molecule ? "good" : "";
  place.replaceChildren(sentence);
  if (position !== null && position !== undefined) {
    const around = state.text.slice(Math.max(0, position - 20), position + 20);
    const before = Math.min(20, position);
    place.append(h("code", { class: "caret", "aria-hidden": "true" }, `${around}\n${" ".repeat(before)}^`));
  }
  find("text").setAttribute("aria-invalid", String(isFault));
  const strip = find("strip");
  // A name in words: many readers leave out signs such as `(`.
  const named = token => `${token.text}, ${KINDS[kind(token.text)]}, ${token.id === null ? "a token that the model does not know" : `token ${token.id}`}`;
  strip.replaceChildren(...tokens().map((token, at) => piece(token.text, {
    ...ofToken(at), type: "button", tabindex: at === 0 ? 0 : -1, class: token.id === null ? "unknown" : "",
    title: named(token), "aria-label": named(token), "aria-pressed": "false",
    onkeydown: event => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const other = step && strip.children[at + step];
      if (other) { event.preventDefault(); other.focus(); }
    },
  }, "button")));
  const drawing = state.read.drawing;
  const figure = find("drawing");
  figure.replaceChildren();
  if (drawing?.svg) {
    const svg = picture(drawing.svg, state.read.molecule ? "the molecule" : "the molecule so far");
    svg.prepend(s("g", { class: "lights" }));
    figure.append(svg);
    if (drawing.unfinished) figure.append(h("figcaption", {}, "unfinished: open ends are left out, open aromatic rings drawn with single bonds"));
  } else if (drawing?.large) {
    figure.append(h("figcaption", {}, `${drawing.large} atoms: too many to draw here`));
  }
  light();
};

// Colours behind atoms, by their numbers: from the cursor, or by values from 0 to 1.
const light = () => {
  const group = find("drawing").querySelector(".lights");
  const drawing = state.read?.drawing;
  if (!group || !drawing?.places) return;
  group.replaceChildren();
  const disc = (atom, name, opacity) => {
    const place = drawing.places[atom];
    if (place) group.append(s("circle", { cx: place[0], cy: place[1], r: 13, class: name, "fill-opacity": opacity }));
  };
  if (shades) shades.forEach((value, atom) => { if (value > 0.004) disc(atom, "value", Math.min(1, value)); });
  const lit = state.cursor === null ? [] : tokens()[state.cursor]?.atoms ?? [];
  for (const [a, b] of drawing.bonds) {
    if (lit.includes(a) && lit.includes(b) && drawing.places[a] && drawing.places[b]) {
      const [[x1, y1], [x2, y2]] = [drawing.places[a], drawing.places[b]];
      group.append(s("line", { x1, y1, x2, y2, class: "cursor" }));
    }
  }
  lit.forEach(atom => disc(atom, "cursor", 0.55));
};

// Sets the values behind atoms; those of tokens go to the atoms that they write.
const shadeAtoms = (values, atoms) => {
  if (values === null) { shades = null; light(); return; }
  const sums = [];
  values.forEach((value, at) => {
    const own = atoms[at] ?? [];
    own.forEach(atom => { sums[atom] = Math.max(sums[atom] ?? 0, value); });
  });
  shades = Array.from(sums, value => value ?? 0);
  light();
};

// What a view shows in place of itself.
const nothing = sentence => h("p", { class: "note" }, sentence);
const unreadable = () => nothing("The model can read a text of SMILES tokens that it knows: change the text above.");
