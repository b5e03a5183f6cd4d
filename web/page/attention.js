// Attention: where each head of each block looks from a token, on the text and on the drawing.

// The explanation of the text, asked for once for all views that show it; null where it is not to be shown any more.
const explained = (() => {
  let known = { text: null, answer: null };
  return async view => {
    const text = state.text;
    if (known.text !== text) {
      const answer = await model.ask({ do: "explain", text, top: 5 }, "explain");
      if (answer === null || answer.error) return null;
      known = { text, answer };
    }
    return isCurrent(view, text) ? known.answer : null;
  };
})();

views.push((() => {
  const chosen = { block: 0, head: 0 };
  let answer = null;
  const names = () => ["begin", ...answer.tokens.slice(0, -1).map(token => token.token)];
  // The weights of a head, row by row.
  const weights = (block, head) => {
    const time = answer.tokens.length;
    return answer.attention[block].slice(head * time * time, (head + 1) * time * time);
  };

  const map = (block, head, pixels) => {
    const time = answer.tokens.length;
    const canvas = h("canvas", { width: time, height: time, class: pixels, role: "img",
      "aria-label": `block ${block + 1}, head ${head + 1}: each row is a token, each column where it looks` });
    const paint = canvas.getContext("2d");
    const image = paint.createImageData(time, time);
    const [r, g, b] = getComputedStyle(document.body).getPropertyValue("--heat").split(" ").map(Number);
    weights(block, head).forEach((weight, at) => {
      const isLater = at % time > Math.floor(at / time);
      image.data.set([r, g, b, isLater ? 0 : Math.round(255 * Math.sqrt(weight / 1000))], 4 * at);
    });
    paint.putImageData(image, 0, 0);
    return canvas;
  };

  // Where the token under the cursor looks.
  const row = () => {
    const time = answer.tokens.length;
    // Row 0 is that of the begin.
    const at = state.cursor === null ? time - 1 : Math.min(state.cursor + 1, time - 1);
    return { at, looks: weights(chosen.block, chosen.head).slice(at * time, at * time + at + 1) };
  };

  const showRow = () => {
    const { at, looks } = row();
    const text = names();
    const own = answer.atoms;
    shadeAtoms(looks.slice(1).map(weight => weight / 1000), own);
    const most = looks.map((weight, place) => ({ weight, place })).sort((a, b) => b.weight - a.weight).slice(0, 8);
    find("attention-row").replaceChildren(
      h("h2", {}, `From token ${at}, `, piece(text[at]), ` block ${chosen.block + 1}, head ${chosen.head + 1} looks at`),
      h("ol", { class: "looks" }, most.filter(entry => entry.weight > 0).map(({ weight, place }) => h("li", {},
        piece(text[place], place ? { "data-token": place - 1 } : {}), h("small", {}, place ? `token ${place}` : "the begin"),
        bar(weight / 1000), h("span", { class: "number" }, percent(weight / 1000))))));
    const mark = find("attention-mark");
    if (mark) {
      mark.style.setProperty("top", `${100 * at / text.length}%`);
      mark.style.setProperty("height", `${100 / text.length}%`);
    }
  };

  const refresh = async () => {
    const root = find("attention-maps");
    answer = null;
    if (!isRead() || state.text === "") { shadeAtoms(null); root.replaceChildren(unreadable()); find("attention-row").replaceChildren(); return; }
    const found = await explained("attention");
    if (found === null) return;
    answer = found;
    draw();
  };

  const draw = () => {
    const { layers, heads } = state.about;
    const all = h("div", { class: "heads" });
    for (let block = 0; block < layers; block += 1) {
      for (let head = 0; head < heads; head += 1) {
        const isChosen = block === chosen.block && head === chosen.head;
        all.append(h("button", { type: "button", "aria-pressed": String(isChosen), title: `block ${block + 1}, head ${head + 1}`,
          onclick: event => { choose(event.currentTarget, block, head); } }, map(block, head, "small"), h("small", {}, `${block + 1}.${head + 1}`)));
      }
    }
    all.style.setProperty("--heads", heads);
    const large = h("div", { id: "attention-large", class: "large", onmousemove: event => {
      const box = event.currentTarget.getBoundingClientRect();
      const at = Math.floor((event.clientY - box.top) / box.height * answer.tokens.length);
      if (at > 0) setCursor(at - 1);
    } });
    find("attention-maps").replaceChildren(
      h("figure", {}, h("figcaption", {}, "All heads, a row of them for each block"), all),
      h("figure", {}, h("figcaption", { id: "attention-caption" }), large));
    showHead();
  };

  const showHead = () => {
    find("attention-caption").textContent = `Block ${chosen.block + 1}, head ${chosen.head + 1}: rows look at columns; a stronger colour is more`;
    find("attention-large").replaceChildren(map(chosen.block, chosen.head, "wide"), h("span", { id: "attention-mark" }));
    showRow();
  };

  // Shows another head; its button stays where it is, and focused.
  const choose = (button, block, head) => {
    for (const other of button.parentElement.children) other.setAttribute("aria-pressed", String(other === button));
    Object.assign(chosen, { block, head });
    showHead();
  };

  return {
    id: "attention",
    title: "Attention",
    make(root) {
      root.append(h("p", { class: "lead" }, "At every token each head takes a weighted mean of what stands at the tokens so far. Its weights sum to 1; they are drawn here, and behind the atoms of the molecule. Move over a token to see where it looks."),
        h("div", { id: "attention-row" }), h("div", { id: "attention-maps", class: "pair" }));
    },
    show: () => refresh(),
    cursor: () => { if (answer) showRow(); },
    hide: () => shadeAtoms(null),
  };
})());
