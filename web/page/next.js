// The next token: how likely each is, what temperature, top-k and top-p leave of it, and which no molecule allows.

views.push((() => {
  const settings = { temperature: 1, top_k: 0, top_p: 1, grammar: false };
  let writing = null;

  // Shows the tokens after the text and returns them; null where they are not those of the text any more.
  const refresh = async () => {
    if (!isRead()) { find("next-after").textContent = ""; find("next-list").replaceChildren(unreadable()); return null; }
    const text = beginning();
    const following = (state.chosen ?? tokens().length - 1) + 1;
    const answer = await model.ask({ do: "next", text, settings }, "next");
    if (answer === null || !isCurrent("next", text, beginning())) return null;
    if (answer.error) { find("next-list").replaceChildren(h("p", { class: "fault" }, answer.error)); return null; }
    const shown = answer.tokens;
    const open = [];
    if (answer.rings?.length) open.push(`ring ${answer.rings.join(", ")}`);
    if (answer.branches) open.push(answer.branches === 1 ? "a branch" : `${answer.branches} branches`);
    find("next-after").replaceChildren(...afterBeginning());
    find("next-open").textContent = !answer.begins ? "No molecule begins so: the grammar would stop here."
      : open.length ? `Open: ${open.join(", ")}.` : "Nothing is open.";
    const listed = shown.slice(0, 14);
    const rest = shown.slice(14);
    const row = token => {
      const isCut = token.share === 0;
      const name = token.token === "[EOS]" ? "end" : token.token;
      const reason = token.refused ? (settings.grammar || !isCut ? token.refused : `cut; ${token.refused}`)
        : isCut ? "cut by top-k or top-p" : "";
      // The token with which the text itself goes on.
      const isText = token.token === tokens()[following]?.text;
      return h("li", { ...(isText ? { "data-token": following } : {}), class: isCut ? "cut" : "" },
        h("button", { type: "button", onclick: () => goOn(token), title: `go on with ${name}` },
        piece(name, { class: token.token === "[EOS]" ? "end" : "" }),
        h("span", { class: "bars" }, bar(token.probability, "bar faint"), bar(token.share)),
        h("span", { class: "number" }, percent(token.probability)),
        h("span", { class: "number strong" }, percent(token.share)),
        h("small", { class: token.refused ? "refused" : "" }, isText ? ["as the text does", reason].filter(Boolean).join("; ") : reason)));
    };
    const sum = rest.reduce((all, token) => all + token.probability, 0);
    find("next-list").replaceChildren(
      h("p", { class: "head", "aria-hidden": "true" }, h("span", {}, "token"), h("span", {}, ""),
        h("span", { class: "number" }, "model"), h("span", { class: "number" }, "drawn"), h("span", {}, "")),
      h("ol", { class: "next" }, listed.map(row)),
      rest.length ? nothing(`${count(rest.length, "other token")}: ${percent(sum)} together.`) : "");
    lightTokens();
    return shown;
  };

  const goOn = async token => {
    if (token.token === "[EOS]") {
      find("next-said").textContent = "The model ends the molecule here.";
      return;
    }
    const isByKeyboard = find("next-list").contains(document.activeElement);
    await setText(beginning() + token.token);
    if (isByKeyboard) setTimeout(() => find("next-list").querySelector("button")?.focus(), 60);
  };

  const back = () => {
    const left = state.chosen ?? tokens().length - 1;
    if (left >= 0) setText(tokens().slice(0, left).map(token => token.text).join(""));
  };

  // Draws tokens until the end, or until it is stopped.
  const write = async button => {
    if (writing) { writing.stop = true; return; }
    const run = writing = { stop: false };
    button.textContent = "Stop";
    while (!run.stop) {
      const shown = await refresh();
      if (shown === null) break;
      let left = Math.random();
      const drawn = shown.find(token => (left -= token.share) < 0);
      if (!drawn) break;
      await goOn(drawn);
      if (drawn.token === "[EOS]") break;
      await new Promise(done => setTimeout(done, 120));
    }
    writing = null;
    button.textContent = "Let it write";
  };

  return {
    id: "next",
    title: "Next token",
    make(root) {
      root.append(
        h("p", { class: "lead" }, "After a text the model gives every token a probability. Drawing one and reading again, until the end is drawn, writes a molecule. Choose a token below to go on with it, or one of the text above to see what could follow there."),
        h("div", { class: "controls" },
          slider("Temperature", { min: 0.1, max: 2, step: 0.05, value: 1 }, value => fixed(value), value => { settings.temperature = value; refresh(); }),
          slider("Top-k", { min: 0, max: 20, step: 1, value: 0 }, value => value ? String(value) : "all", value => { settings.top_k = value; refresh(); }),
          slider("Top-p", { min: 0.05, max: 1, step: 0.05, value: 1 }, value => fixed(value), value => { settings.top_p = value; refresh(); }),
          h("label", { class: "check" }, h("input", { type: "checkbox", onchange: event => { settings.grammar = event.target.checked; refresh(); } }),
            "only tokens that a molecule can go on with")),
        h("p", { class: "buttons" },
          h("button", { type: "button", onclick: back }, "Back one token"),
          h("button", { type: "button", onclick: () => setText("") }, "Begin anew"),
          h("button", { type: "button", class: "primary", onclick: event => write(event.target) }, "Let it write")),
        h("p", { id: "next-said", role: "status", class: "note" }),
        h("p", { id: "next-after", class: "note" }),
        h("p", { id: "next-open", class: "note" }),
        h("div", { id: "next-list" }));
    },
    show: () => { find("next-said").textContent = ""; refresh(); },
    chosen: refresh,
    hide: () => { if (writing) writing.stop = true; },
  };
})());
