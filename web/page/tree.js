// Tree: the likeliest continuations of the text, with what is open after each.

views.push((() => {
  const refresh = async () => {
    const root = find("tree");
    if (!isRead()) { root.replaceChildren(unreadable()); return; }
    const text = beginning();
    const following = (state.chosen ?? tokens().length - 1) + 1;
    const answer = await model.ask({ do: "tree", text, size: 60, width: 4 }, "tree");
    if (answer === null || !isCurrent("tree", text, beginning())) return;
    if (answer.error) { root.replaceChildren(h("p", { class: "fault" }, answer.error)); return; }
    const isSeen = node => node.total >= 0.0005;
    // `at`: the token of the text whose place this is, as far as the text itself goes this way.
    const branch = (node, at) => {
      const isText = node.token === tokens()[at]?.text;
      const children = node.children.filter(isSeen);
      const isEnd = node.token === "[EOS]";
      const open = node.open_rings === null ? "no molecule begins so"
        : [node.open_rings.length ? `ring ${node.open_rings.join(", ")} open` : "", node.open_branches ? `${node.open_branches === 1 ? "a branch" : `${node.open_branches} branches`} open` : ""].filter(Boolean).join(", ");
      const line = h("button", { type: "button", disabled: isEnd, title: node.text, onclick: async () => { await setText(node.text); setTimeout(() => root.querySelector("button:enabled")?.focus(), 200); } },
        piece(isEnd ? "end" : node.token, { class: isEnd ? "end" : "" }), bar(node.total), h("span", { class: "number" }, percent(node.probability)),
        h("span", { class: "number strong" }, percent(node.total)), h("small", { class: node.open_rings === null ? "refused" : "" }, open));
      return h("li", {}, h("span", isText ? { "data-token": at } : {}, line),
        children.length ? h("ul", {}, children.map(child => branch(child, isText ? at + 1 : Infinity))) : null);
    };
    root.replaceChildren(h("p", { class: "note" }, afterBeginning()),
      h("p", { class: "note" }, "Each token's own probability, then that of the whole continuation. Less than 0.05 % is left out."),
      h("ul", { class: "tree" }, answer.branches.filter(isSeen).map(node => branch(node, following))));
    lightTokens();
  };
  return {
    id: "tree",
    title: "Tree",
    make(root) {
      root.append(h("p", { class: "lead" }, "The likeliest ways to go on, found by always following the likeliest of all. Choose one to put it into the text, or a token of the text above to go on from there."), h("div", { id: "tree" }));
    },
    show: refresh,
    chosen: refresh,
  };
})());
