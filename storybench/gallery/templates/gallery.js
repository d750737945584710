(function () {
  const AT_ONCE = 100;
  const form = document.getElementById("filters");
  const text = document.getElementById("text");
  const count = document.getElementById("count");
  const none = document.getElementById("none");
  const more = document.getElementById("more");
  const list = document.getElementById("stories");
  const rest = document.getElementById("rest").content;
  const buttons = Array.from(form.querySelectorAll("button"));
  const nodes = [...list.children, ...rest.children];
  const stories = nodes.map((node) => ({ node: node, split: node.dataset.split, who: node.dataset.who, words: "" }));
  let matching = stories;

  function plain(words) {
    return words.trim().toLowerCase().replace(/\s+/g, " ");
  }
  function words(story) {
    if (!story.words) story.words = plain(story.node.textContent);
    return story.words;
  }
  function pressed(kind) {
    return buttons.filter((one) => kind in one.dataset && one.ariaPressed === "true").map((one) => one.dataset[kind]);
  }
  function show(n) {
    list.replaceChildren(...matching.slice(0, n).map((story) => story.node));
    more.hidden = matching.length <= n;
    more.textContent = "Show " + Math.min(AT_ONCE, matching.length - n) + " more";
    more.onclick = () => show(n + AT_ONCE);
  }
  function filter() {
    const splits = pressed("split");
    const who = pressed("who").map((name) => "|" + name + "|");
    const sought = plain(text.value);
    matching = stories.filter((story) => (!splits.length || splits.includes(story.split))
      && who.every((name) => story.who.includes(name))
      && (!sought || words(story).includes(sought)));
    count.textContent = matching.length.toLocaleString("en") + " of " + stories.length.toLocaleString("en");
    none.hidden = matching.length > 0;
    show(AT_ONCE);
  }
  function reveal() {
    const id = decodeURIComponent(location.hash.slice(1));
    if (!id || document.getElementById(id) || !stories.some((story) => story.node.id === id)) return;
    for (const button of buttons) button.ariaPressed = "false";
    text.value = id;
    filter();
  }

  for (const button of buttons) {
    button.addEventListener("click", function () {
      button.ariaPressed = button.ariaPressed === "true" ? "false" : "true";
      filter();
    });
  }
  text.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", reveal);
  form.hidden = false;
  filter();
  reveal();
})();
