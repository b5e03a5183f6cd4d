// Sample: molecules as they are written, with drawings, properties and counts.

views.push((() => {
  const WINDOW = 8;
  const MOST_CARDS = 120;
  let running = null;
  let found = [];
  let counts = null;

  const field = (label, attributes) => h("label", { class: "field" }, h("span", {}, label), h("input", attributes));
  const number = (form, name) => Number(form.elements[name].value);

  const request = form => ({
    do: "sample",
    first: 0,
    count: WINDOW,
    settings: {
      temperature: number(form, "temperature"), top_k: number(form, "top_k"), top_p: number(form, "top_p"),
      grammar: form.elements.grammar.checked, prompt: form.elements.prompt.value.trim(), seed: number(form, "seed"),
    },
    wishes: {
      properties: form.elements.properties.value.trim(), contains: form.elements.contains.value.trim(),
      without: form.elements.without.value.trim(),
    },
    draw: true,
  });

  const card = (molecule, at) => h("li", {}, h("button", { type: "button", title: molecule.smiles, onclick: () => { setText(molecule.smiles); scrollTo({ top: 0, behavior: "smooth" }); } },
    molecule.svg ? picture(molecule.svg, molecule.smiles) : h("span", { class: "note" }, "too large to draw"),
    h("small", {}, molecule.properties ? `${at}. logP ${propertyText(molecule.properties.log_p)}, QED ${propertyText(molecule.properties.qed)}, ${fixed(molecule.properties.weight, 0)} g/mol` : `${at}.`)));

  const tell = (form, ended) => {
    const share = (part, all) => all ? ` (${percent(part / all)})` : "";
    const seconds = (performance.now() - counts.started) / 1000;
    const wished = counts.unmet ? `, ${counts.unmet} not as wished` : "";
    find("sample-told").textContent = `${counts.drawn} drawn: ${counts.valid} valid${share(counts.valid, counts.drawn)}, ${counts.keys.size} of them different${wished}; ${found.length} kept. ${fixed(counts.drawn / seconds, 0)} a second.${ended ? ` ${ended}` : ""}`;
    for (const button of find("sample-files").children) button.disabled = found.length === 0;
  };

  const start = async form => {
    if (running) { running.stop = true; return; }
    const button = form.elements.start;
    const wanted = request(form);
    const n = number(form, "n");
    const most = 200 * n + 1000;
    const run = running = { stop: false };
    button.textContent = "Stop";
    found = [];
    counts = { drawn: 0, valid: 0, unmet: 0, keys: new Set(), started: performance.now() };
    find("sample-fault").textContent = "";
    find("sample-told").textContent = "";
    for (const file of find("sample-files").children) file.disabled = true;
    find("sample-grid").replaceChildren();
    let ended = "";
    while (!run.stop && found.length < n) {
      const answer = await model.ask(wanted);
      if (answer.error) { find("sample-fault").textContent = answer.error; break; }
      for (const molecule of answer.molecules) {
        if (found.length === n) break;
        counts.drawn += 1;
        if (!molecule.canonical) continue;
        counts.valid += 1;
        const isNew = !counts.keys.has(molecule.canonical);
        counts.keys.add(molecule.canonical);
        if (!molecule.as_wished) { counts.unmet += 1; continue; }
        if (!isNew) continue;
        if (found.length < MOST_CARDS) find("sample-grid").append(card(molecule, found.length + 1));
        delete molecule.svg;
        found.push(molecule);
      }
      wanted.first += WINDOW;
      wanted.draw = found.length < MOST_CARDS;
      if (counts.drawn >= most) {
        ended = counts.unmet > counts.drawn / 2 ? "Stopped: what is wished is too rare." : "Stopped: too few of them are valid and different.";
        break;
      }
      tell(form, "");
    }
    if (found.length > MOST_CARDS) ended += ` The first ${MOST_CARDS} are shown.`;
    if (counts.drawn) tell(form, ended);
    running = null;
    button.textContent = "Write molecules";
  };

  const files = {
    ".smi": async () => download("molecules.smi", "text/plain", found.map((molecule, at) => `${molecule.smiles} ${at + 1}\n`).join("")),
    ".csv": async () => {
      const names = Object.keys(PROPERTY);
      const row = molecule => [molecule.smiles, molecule.canonical, molecule.nll, ...names.map(name => molecule.properties?.[name] ?? "")].join(",");
      download("molecules.csv", "text/csv", `${["smiles", "canonical", "nll", ...names].join(",")}\n${found.map(row).join("\n")}\n`);
    },
    ".sdf": async () => {
      const answer = await model.ask({ do: "sdf", smiles: found.map(molecule => molecule.smiles) });
      if (answer.error) find("sample-fault").textContent = answer.error;
      else download("molecules.sdf", "chemical/x-mdl-sdfile", answer.sdf);
    },
  };

  const showBeginning = () => {
    const text = isRead() ? beginning() : "";
    const button = find("sample-begin");
    button.disabled = text === "";
    button.textContent = text === "" ? "no text" : `Begin with ${text.length > 24 ? `${text.slice(0, 24)}…` : text}`;
  };

  return {
    id: "sample",
    title: "Sample",
    make(root) {
      const form = h("form", { class: "controls", onsubmit: event => { event.preventDefault(); start(event.target); } },
        field("Molecules", { name: "n", type: "number", min: 1, max: 10000, value: 24, required: true }),
        field("Seed", { name: "seed", type: "number", min: 0, max: 9007199254740991, value: 0, required: true }),
        field("Temperature", { name: "temperature", type: "number", min: 0, max: 5, step: "any", value: 1, required: true }),
        field("Top-k (0: all)", { name: "top_k", type: "number", min: 0, max: 1000, value: 0, required: true }),
        field("Top-p", { name: "top_p", type: "number", min: 0.01, max: 1, step: "any", value: 1, required: true }),
        field("Begin with (SMILES)", { name: "prompt", type: "text", spellcheck: "false" }),
        h("p", { class: "field" }, h("span", {}, "or with the text above, up to the chosen token"),
          h("button", { type: "button", id: "sample-begin", onclick: event => { event.target.form.elements.prompt.value = beginning(); } }, "")),
        field("Properties", { name: "properties", type: "text", placeholder: "log_p=1..3 qed=0.7..", spellcheck: "false" }),
        field("Contains (SMARTS)", { name: "contains", type: "text", placeholder: "S(=O)(=O)N", spellcheck: "false" }),
        field("Without (SMARTS)", { name: "without", type: "text", placeholder: "[Cl,Br]", spellcheck: "false" }),
        h("label", { class: "check" }, h("input", { type: "checkbox", name: "grammar" }), "only tokens that a molecule can go on with"),
        h("button", { class: "primary", name: "start", type: "submit" }, "Write molecules"));
      root.append(h("p", { class: "lead" }, "Molecules that the model writes; those that are valid, different and as wished are kept. The same seed gives the same ones, those of molgpt sample --valid --unique --allow-radicals."),
        form, h("p", { id: "sample-fault", class: "fault", role: "alert" }), h("p", { id: "sample-told", class: "sum", role: "status" }),
        h("p", { id: "sample-files", class: "buttons" }, Object.keys(files).map(name =>
          h("button", { type: "button", disabled: true, onclick: () => files[name]() }, `Save ${name}`))),
        h("ol", { id: "sample-grid", class: "grid" }));
    },
    show: showBeginning,
    chosen: showBeginning,
  };
})());
