// Surprise: the negative log-likelihood of every token, on the text and on the drawing.

views.push((() => {
  const refresh = async () => {
    const root = find("surprise-list");
    if (!isRead()) { shadeAtoms(null); root.replaceChildren(unreadable()); return; }
    const answer = await explained("surprise");
    if (answer === null) return;
    const most = Math.max(3, ...answer.tokens.map(token => token.nll));
    shadeAtoms(answer.tokens.map(token => token.nll / most), answer.atoms);
    const sentence = [`${fixed(answer.nll)} nats for the whole text, ${fixed(answer.nll / answer.tokens.length)} per token.`];
    const known = facts.percentiles;
    if (known) {
      const below = known.nll.filter(nll => nll < answer.nll).length;
      const place = below === 0 ? `less than that of any of ${known.of}` : below > 100 ? `more than that of any of ${known.of}`
        : `more than that of ${below - 1} % of ${known.of}`;
      sentence.push(` This is ${place}.`);
    }
    const row = (token, at) => h("tr", ofToken(at),
      h("td", {}, piece(token.token === "[EOS]" ? "end" : token.token, { class: token.token === "[EOS]" ? "end" : "" })),
      h("td", { class: "bars" }, bar(token.nll / most)),
      h("td", { class: "number" }, fixed(token.nll)),
      h("td", { class: "number" }, percent(Math.exp(-token.nll))),
      h("td", { class: "number" }, String(token.rank)),
      h("td", {}, token.likeliest.slice(0, 4).map(([name, share]) => h("span", { class: "guess" },
        piece(name === "[EOS]" ? "end" : name, { class: name === "[EOS]" ? "end" : "" }), h("small", {}, percent(share))))));
    root.replaceChildren(h("p", { class: "sum" }, sentence),
      h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Surprise at every token" }, h("table", {},
        h("thead", {}, h("tr", {}, ["Token", "Surprise", "Nats", "Probability", "Rank", "The model expected"].map((name, at) =>
          h("th", { scope: "col", class: at > 1 && at < 5 ? "number" : "" }, name)))),
        h("tbody", {}, answer.tokens.map(row)))));
  };

  return {
    id: "surprise",
    title: "Surprise",
    make(root) {
      root.append(h("p", { class: "lead" }, "How little the model expected each token: the negative natural logarithm of its probability, in nats. 0 is certain, 0.7 a coin's toss, 3 one in twenty. Their sum is the text's negative log-likelihood; training makes it small."),
        h("div", { id: "surprise-list" }));
    },
    show: () => refresh(),
    hide: () => shadeAtoms(null),
  };
})());
