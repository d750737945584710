"use strict";
(function () {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function isDark() {
    return root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
  }
  function label() {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", "Switch to the " + button.textContent.toLowerCase() + " page");
  }
  button.hidden = false;
  button.addEventListener("click", function () {
    root.dataset.theme = isDark() ? "light" : "dark";
    label();
  });
  dark.addEventListener("change", label);
  label();

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

  function openTarget() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.tagName === "DETAILS") target.open = true;
  }
  window.addEventListener("hashchange", openTarget);
  openTarget();

  window.addEventListener("beforeprint", function () {
    for (const story of document.querySelectorAll(".story")) story.open = true;
  });
})();
