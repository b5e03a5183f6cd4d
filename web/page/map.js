// Map: the embeddings of all tokens in the plane of their two principal axes, and the nearest of each.

views.push((() => {
  let answer = null;

  const told = place => h("p", { class: "note" }, "Nearest to ", piece(place.token === "[EOS]" ? "end" : place.token), ": ",
    place.nearest.map(([name, cosine]) => h("span", { class: "guess" }, piece(name === "[EOS]" ? "end" : name, { class: name === "[EOS]" ? "end" : "" }), h("small", {}, fixed(cosine)))));

  const point = name => {
    const place = answer.tokens.find(other => other.token === name);
    if (!place) return;
    find("map-told").replaceChildren(told(place));
    for (const element of find("map").querySelectorAll("g")) element.classList.toggle("lit", element.dataset.name === name);
  };

  const draw = () => {
    const width = Math.max(320, Math.min(760, find("map").clientWidth));
    const [height, edge] = [Math.round(Math.max(360, 0.6 * width)), 34];
    const range = axis => {
      const all = answer.tokens.map(place => place.at[axis]);
      const [low, high] = [Math.min(...all), Math.max(...all)];
      return value => (value - low) / (high - low || 1);
    };
    const [across, up] = [range(0), range(1)];
    const dots = answer.tokens.map(place => ({
      place,
      name: place.token === "[EOS]" ? "end" : place.token,
      x: edge + across(place.at[0]) * (width - 2 * edge),
      y: height - edge - up(place.at[1]) * (height - 2 * edge),
    }));
    // Letters go where nothing is yet: right of the point, left, above, below.
    const taken = dots.map(({ x, y }) => [x - 5, y - 5, x + 5, y + 5]);
    const meets = ([a, b, c, d]) => taken.some(([e, f, g, k]) => a < g && c > e && b < k && d > f);
    const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Tokens by their embeddings" });
    for (const { place, name, x, y } of dots) {
      const wide = 8 * name.length;
      const boxes = [[x + 6, y - 7], [x - 6 - wide, y - 7], [x - wide / 2, y - 20], [x - wide / 2, y + 6]]
        .map(([left, top]) => [left, top, left + wide, top + 14]);
      const box = boxes.find(box => !meets(box) && box[0] > 0 && box[2] < width) ?? boxes[0];
      taken.push(box);
      const group = s("g", { class: kind(place.token), tabindex: 0, role: "button", "aria-label": `${name}, nearest: ${place.nearest.map(([other]) => other).join(", ")}` },
        s("circle", { cx: x, cy: y, r: 4 }), s("text", { x: box[0], y: box[1] + 11 }, name));
      group.dataset.name = place.token;
      for (const event of ["mouseenter", "focus", "click"]) group.addEventListener(event, () => point(place.token));
      svg.append(group);
    }
    const [first, second] = answer.explained;
    find("map").replaceChildren(svg, nothing(`The axes have ${percent(first)} and ${percent(second)} of the embeddings' variance: near here need not be near in all ${state.about.width} dimensions. The cosines above use all of these.`));
  };

  const followCursor = () => {
    const token = state.cursor === null ? null : tokens()[state.cursor];
    if (answer && token) point(token.text);
  };

  return {
    id: "map",
    title: "Token map",
    make(root) {
      root.append(h("p", { class: "lead" }, "Every token has an embedding, a vector that training has found. Tokens that stand in like places come to have like vectors."), h("div", { id: "map-told" }, nothing("Choose a token to see its nearest.")), h("div", { id: "map" }));
    },
    async show() {
      if (answer === null) {
        const found = await model.ask({ do: "map" }, "map");
        if (found === null || found.error) return;
        answer = found;
      }
      if (!find("map").firstChild && views[current].id === "map") draw();
      followCursor();
    },
    cursor: followCursor,
  };
})());
