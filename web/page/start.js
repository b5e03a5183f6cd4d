// The page begins: views and their tabs, then the model, then a first molecule.

const select = at => {
  views[current].hide?.();
  current = at;
  views.forEach((view, place) => {
    const tab = find(`tab-${view.id}`);
    tab.setAttribute("aria-selected", String(place === at));
    tab.tabIndex = place === at ? 0 : -1;
    find(`view-${view.id}`).hidden = place !== at;
  });
  if (state.read) views[at].show();
};

views.forEach((view, at) => {
  find("tabs").append(h("button", {
    type: "button", role: "tab", id: `tab-${view.id}`, "aria-controls": `view-${view.id}`, onclick: () => select(at),
    onkeydown: event => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const other = (at + step + views.length) % views.length;
      select(other);
      find(`tab-${views[other].id}`).focus();
    },
  }, view.title));
  const root = h("section", { id: `view-${view.id}`, role: "tabpanel", "aria-labelledby": `tab-${view.id}`, hidden: true });
  view.make?.(root);
  find("views").append(root);
});
select(0);

for (const [name, text] of [
  ["paracetamol", "CC(=O)Nc1ccc(O)cc1"],
  ["caffeine", "Cn1c(=O)c2c(ncn2C)n(C)c1=O"],
  ["celecoxib", "Cc1ccc(-c2cc(C(F)(F)F)nn2-c2ccc(S(N)(=O)=O)cc2)cc1"],
  ["a beginning", "O=C(Nc1ccc("],
  ["a fault", "c1ccccc1C(C)(C)(C)C"],
]) find("examples").append(h("button", { type: "button", onclick: () => setText(text) }, name));

let typed = null;
find("text").addEventListener("input", event => {
  clearTimeout(typed);
  typed = setTimeout(() => setText(event.target.value.trim()), 120);
});

(async () => {
  const about = await model.ask({ do: "about" });
  if (about.error) return;
  state.about = about;
  find("about").replaceChildren("The model ", h("b", {}, facts.name), `: ${(about.parameters / 1e6).toFixed(1)} million parameters, ${about.layers} blocks of ${about.heads} heads and width ${about.width}, ${count(about.vocabulary.length, "token")}, ${about.position} positions. It reads up to ${about.context - 2} tokens. molgpt ${about.version}.`);
  // The first molecule is the model's own.
  const settings = { temperature: 1, top_k: 0, top_p: 1, seed: 1 };
  const first = await model.ask({ do: "sample", settings, first: 0, count: 1, wishes: { properties: "", contains: "", without: "" }, draw: false });
  if (find("text").value === "") await setText(first.error ? "" : first.molecules[0].smiles);
  document.body.dataset.ready = String(Math.round(performance.now()));
})();
