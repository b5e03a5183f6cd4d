// Inside: what the model would say after each block (the logit lens), and one token's way through one block in numbers.

views.push((() => {
  const chosen = { block: 0, head: 0 };

  const lens = async () => {
    const { text } = state;
    const answer = await model.ask({ do: "lens", text }, "lens");
    if (answer === null || !isCurrent("inside", text)) return;
    if (answer.error) { find("lens").replaceChildren(h("p", { class: "fault" }, answer.error)); return; }
    const after = at => at === 0 ? "embedding" : `block ${at}`;
    const cell = (token, at) => {
      const [[name, share]] = token.likeliest;
      const element = h("td", { ...ofToken(at), class: "heat", title: `${name} ${percent(share)}; the text's own token ${percent(Math.exp(-token.nll))}` },
        name === "[EOS]" ? "end" : name);
      shade(element, Math.exp(-token.nll));
      return element;
    };
    const own = answer.blocks[0];
    find("lens").replaceChildren(h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Logit lens" }, h("table", { class: "lens" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "The text"), own.map((token, at) =>
        h("th", { scope: "col" }, piece(token.token === "[EOS]" ? "end" : token.token, { ...ofToken(at), class: token.token === "[EOS]" ? "end" : "" }))))),
      h("tbody", {}, answer.blocks.map((tokens, at) => h("tr", {}, h("th", { scope: "row" }, `after ${after(at)}`), tokens.map(cell)))))));
  };

  // A vector as a strip of colours, with its size.
  const vector = (values, label) => {
    const canvas = h("canvas", { width: values.length, height: 1, class: "vector", role: "img",
      "aria-label": `${label}: ${values.length} numbers from ${fixed(Math.min(...values))} to ${fixed(Math.max(...values))}` });
    const paint = canvas.getContext("2d");
    const image = paint.createImageData(values.length, 1);
    const most = Math.max(1e-9, ...values.map(Math.abs));
    const style = getComputedStyle(document.body);
    const [up, down] = ["--heat", "--cold"].map(name => style.getPropertyValue(name).split(" ").map(Number));
    values.forEach((value, at) => {
      const [r, g, b] = value > 0 ? up : down;
      image.data.set([r, g, b, Math.round(255 * Math.abs(value) / most)], 4 * at);
    });
    paint.putImageData(image, 0, 0);
    const root = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    const listed = values.slice(0, 6).map(value => fixed(value)).join("  ");
    return h("div", {}, canvas, h("code", {}, h("b", {}, label), ` [${values.length}]  ${listed}${values.length > 6 ? " …" : ""}   root mean square ${fixed(root)}`));
  };

  const walk = async () => {
    // The numbers at the token under the cursor, or the last: the row of the begin is before them.
    const all = tokens().length;
    const token = state.cursor === null ? all : Math.min(state.cursor + 1, all);
    const { text } = state;
    const answer = await model.ask({ do: "walk", text, token, ...chosen }, "walk");
    if (answer === null || !isCurrent("inside", text)) return;
    if (answer.error) { find("walk").replaceChildren(h("p", { class: "fault" }, answer.error)); return; }
    const name = at => answer.read[at] === "[BOS]" ? "begin" : answer.read[at];
    const { heads, width } = state.about;
    const stage = (title, formula, file, ...content) => h("li", {}, h("h3", {}, title),
      h("p", { class: "note" }, h("code", {}, formula), " ", h("small", {}, file)), ...content);
    const looks = answer.weights.map((weight, at) => ({ at, weight, score: answer.scores[at] }))
      .sort((a, b) => b.weight - a.weight).slice(0, 6);
    const trace = "src/model/trace.rs";
    find("walk").replaceChildren(
      h("p", { class: "note" }, "Token ", piece(name(token)), ` (${token === 0 ? "the begin" : `token ${token}`}), block ${chosen.block + 1} of ${state.about.layers}, head ${chosen.head + 1} of ${heads}. Numbers are `, h("b", { class: "plus" }, "positive"), " or ", h("b", { class: "minus" }, "negative"), "; a stronger colour is further from 0."),
      h("ol", { class: "walk" },
        stage("Embedding", "x = E[token]" + (state.about.position === "rotary" ? "" : " + P[place]"), `${trace}: embed`, vector(answer.embedding, "embedding")),
        stage("What the block reads", "x, the residual stream", `${trace}: block`, vector(answer.before, "stream before the block")),
        stage("Layer norm", "n = (x − mean) / deviation · γ + β", `${trace}: norm`, vector(answer.norm_attention, "normalized stream")),
        stage("Query, key and value", `q, k, v = n W + b, ${width / heads} numbers each for this head${state.about.position === "rotary" ? "; q and k turned by the token's place" : ""}`, `${trace}: linear, rotate`,
          vector(answer.query, "query"), vector(answer.key, "key"), vector(answer.value, "value")),
        stage("Scores and weights", `score = q · k / √${width / heads}; weights = softmax(scores) over the tokens so far`, `${trace}: attend, softmax`,
          h("ol", { class: "looks" }, looks.map(({ at, weight, score }) => h("li", {}, piece(name(at), at ? { "data-token": at - 1 } : {}),
            h("small", {}, `score ${fixed(score)}`), bar(weight), h("span", { class: "number" }, percent(weight)))))),
        stage("Mixed values", "m = Σ weight · v", `${trace}: attend`, vector(answer.mixed, "mixed values of the head")),
        stage("What attention adds", "x ← x + [m of all heads] W + b", `${trace}: block`, vector(answer.projected, "what attention adds"), vector(answer.between, "stream with it")),
        stage("Layer norm", "n = (x − mean) / deviation · γ + β", `${trace}: norm`, vector(answer.norm_feed, "normalized stream")),
        stage("Feed-forward", `u = GELU(n W + b), ${4 * width} numbers`, `${trace}: linear, gelu`, vector(answer.up, "before GELU"), vector(answer.activated, "after GELU")),
        stage("What it adds", "x ← x + u W + b", `${trace}: block`, vector(answer.down, "what the feed-forward part adds"), vector(answer.after, "stream after the block")),
        stage("Logits, after the last block", `logits = norm(x) ${state.about.tied_head ? "Eᵀ" : "W"}; softmax gives the probabilities`, `${trace}: logits`, vector(answer.last_norm, "normalized stream after all blocks"),
          h("p", { class: "strip still" }, answer.logits.map(({ token: text, logit }) => h("span", { class: "guess" }, piece(text === "[EOS]" ? "end" : text, { class: text === "[EOS]" ? "end" : "" }), h("small", {}, fixed(logit))))))));
  };

  const refresh = () => {
    const { layers, heads } = state.about;
    const names = length => Array.from({ length }, (_, at) => String(at + 1));
    find("walk-choices").replaceChildren(
      choices("Block", names(layers), chosen.block, at => { chosen.block = at; walk(); }),
      choices("Head", names(heads), chosen.head, at => { chosen.head = at; walk(); }));
    if (!isRead() || state.text === "") { find("lens").replaceChildren(unreadable()); find("walk").replaceChildren(); return; }
    lens();
    walk();
  };

  return {
    id: "inside",
    title: "Inside",
    make(root) {
      root.append(
        h("h2", {}, "After each block"),
        h("p", { class: "note" }, "The output layer read after each block (the logit lens): the likeliest token at every place, coloured by the probability of the token that the text has there."),
        h("div", { id: "lens" }),
        h("h2", {}, "One token's way through a block"),
        h("div", { id: "walk-choices", class: "controls" }), h("div", { id: "walk" }));
    },
    show: refresh,
    cursor: () => { if (isRead() && state.text !== "") walk(); },
  };
})());
