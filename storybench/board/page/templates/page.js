"use strict";
(function () {
  for (const toggle of document.querySelectorAll(".toggle-all")) {
    const stories = toggle.closest(".gallery").querySelectorAll(".story");
    const name = function () {
      toggle.textContent = Array.from(stories).every((story) => story.open) ? "Close all" : "Open all";
    };
    toggle.hidden = false;
    toggle.addEventListener("click", function () {
      const open = toggle.textContent === "Open all";
      for (const story of stories) story.open = open;
      name();
    });
    for (const story of stories) story.addEventListener("toggle", name);
    name();
  }

  const tabs = Array.from(document.querySelectorAll("[role=tab]"));

  function choose(tab) {
    for (const other of tabs) {
      other.setAttribute("aria-selected", String(other === tab));
      other.tabIndex = other === tab ? 0 : -1;
    }
    for (const part of document.querySelectorAll("section[data-dataset], li[data-dataset]")) {
      part.hidden = part.dataset.dataset !== tab.dataset.dataset;
    }
  }
  tabs.forEach(function (tab, at) {
    tab.parentElement.hidden = false;
    tab.addEventListener("click", function () { choose(tab); });
    tab.addEventListener("keydown", function (event) {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(at + step + tabs.length) % tabs.length];
      choose(next);
      next.focus();
    });
  });
  if (tabs.length) choose(tabs[0]);

  function openTarget() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.tagName === "DETAILS") target.open = true;
    const section = target.closest("section[data-dataset]");
    const tab = section && tabs.find((one) => one.dataset.dataset === section.dataset.dataset);
    if (!tab) return;
    choose(tab);
    target.scrollIntoView();
  }
  window.addEventListener("hashchange", openTarget);
  openTarget();

  window.addEventListener("beforeprint", function () {
    for (const story of document.querySelectorAll(".story")) story.open = true;
    for (const part of document.querySelectorAll("section[data-dataset]")) part.hidden = false;
  });
})();
