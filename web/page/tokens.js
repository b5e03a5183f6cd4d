// Tokens: the pieces of the text with their ids and atoms, and what merged pairs would make of it.

views.push({
  id: "tokens",
  title: "Tokens",
  async show() {
    const root = find("view-tokens");
    if (!state.read.tokens || state.text === "") {
      root.replaceChildren(nothing("A tokenizer cuts a SMILES into atoms, bonds, branches and ring numbers. Write one above."));
      return;
    }
    const own = state.read.tokens;
    const lead = h("p", { class: "lead" },
      "The model reads a text as tokens and knows each by its number. ",
      state.about.merges ? `Its tokens are atoms, bonds, branches and ring numbers, and ${state.about.merges} merged pairs of neighbours.`
        : "An atom is one token, also where it has two letters, such as Cl, or brackets.");
    const row = (token, at) => h("tr", ofToken(at),
      h("td", { class: "number" }, String(at + 1)),
      h("td", {}, piece(token.text)),
      h("td", { class: "number" }, token.id === null ? "not known" : String(token.id)),
      h("td", {}, KINDS[kind(token.text)]),
      h("td", {}, token.atoms.map(atom => atom + 1).join(", ") || "–"));
    const table = h("div", { class: "scroll tall", tabindex: 0, role: "region", "aria-label": "Tokens" }, h("table", {},
      h("thead", {}, h("tr", {}, ["No.", "Token", "Id", "Kind", "Atoms"].map(name => h("th", { scope: "col" }, name)))),
      h("tbody", {}, own.map(row))));
    const parts = [lead, table];
    const pairs = state.read.pairs;
    if (pairs) {
      const rate = own.length / pairs.length;
      parts.push(h("h2", {}, "The same with merged pairs"),
        h("p", { class: "note" }, "Byte-pair encoding joins the most frequent neighbours to tokens of their own: ",
          `${state.about.pairs} such pairs, learned on drug-like molecules, make ${count(own.length, "token")} into ${pairs.length}, `,
          `${fixed(rate, 1)} times fewer steps for a model of such tokens.`),
        h("p", { class: "strip still" }, pairs.map(text => piece(text))));
    }
    const place = h("div", {});
    root.replaceChildren(...parts, place);
    if (!state.read.molecule) return;
    const { text } = state;
    const answer = await model.ask({ do: "properties", text }, "properties");
    if (isCurrent("tokens", text) && answer?.properties) place.replaceChildren(h("h2", {}, "The molecule"), properties(answer.properties));
  },
});

// Properties by name, as a list.
const PROPERTY = {
  formula: "Formula", weight: "Weight (g/mol)", log_p: "logP", qed: "QED", sa: "SA score", tpsa: "TPSA (Å²)",
  donors: "H-bond donors", acceptors: "H-bond acceptors", rotatable_bonds: "Rotatable bonds", rings: "Rings",
};
const propertyText = value => typeof value !== "number" ? value : Number.isInteger(value) ? String(value) : fixed(value, 2);
const properties = values => h("dl", { class: "properties" }, Object.entries(PROPERTY).map(([name, title]) =>
  h("div", {}, h("dt", {}, title), h("dd", {}, propertyText(values[name])))));
