"use strict";
// Shows, beside the text, what the sentence under the pointer, the focus or the last click stands on.
// Everything is written with textContent: text from documents never becomes markup.
(() => {
  const data = JSON.parse(document.getElementById("report-data").textContent);
  const panel = document.getElementById("panel");
  const body = document.getElementById("panel-body");
  const sentences = [...document.querySelectorAll(".s")];
  const isNarrow = matchMedia("(max-width: 899px)");
  const FATE = { kept: "Kept as written", revised: "Revised", quoted: "Taken from one source" };
  const FATE_NOTE = {
    kept: "A program found its support in what is quoted below.",
    revised: "The first wording failed a check and was rewritten.",
    quoted: "Said as its source has it, or a line or row of it made a sentence. Its own words stand in quotation marks.",
  };
  let active = null;
  let isPinned = false;
  let hoverTimer = 0;

  const make = (tag, className, ...children) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    node.append(...children);
    return node;
  };

  // Spans count characters as Python does, not UTF-16 units.
  const markedQuote = (quote, spans) => {
    const characters = Array.from(quote);
    const node = make("blockquote", "quote");
    let from = 0;
    for (const [start, end] of spans) {
      node.append(characters.slice(from, start).join(""), make("mark", "", characters.slice(start, end).join("")));
      from = end;
    }
    node.append(characters.slice(from).join(""));
    return node;
  };

  const sourceCard = ({ number, spans }) => {
    const source = data.evidence[number];
    const link = make("a", "number", `${number}`);
    link.href = `#ref-${number}`;
    link.title = "To the list of references";
    const card = make("article", "card", make("h3", "", link, make("span", "", source.title)));
    card.dataset.number = number;
    if (source.path.length) card.append(make("p", "path", source.path.join(" › ")));
    card.append(markedQuote(source.quote, spans));
    const place = [source.page === null ? null : `page ${source.page}`, `characters ${source.span}`];
    card.append(make("p", "place", make("code", "", source.document), ` · ${place.filter(Boolean).join(" · ")}`));
    return card;
  };

  const fateBlock = (claim) => {
    const meter = make("span", "meter", make("span"));
    meter.firstChild.style.width = `${Math.round(claim.support * 100)}%`;
    const head = make("div", "fate", make("span", `badge ${claim.action}`, FATE[claim.action]), meter);
    head.append(make("span", "score", `support ${claim.support.toFixed(2)}`));
    if (claim.probability !== null) head.append(make("span", "score", `probability ${claim.probability.toFixed(2)}`));
    const block = make("div", "", head, make("p", "note", FATE_NOTE[claim.action]));
    if (claim.reasons.length) {
      const list = make("ul", "reasons", ...claim.reasons.map((reason) => make("li", "", reason)));
      block.append(make("h3", "why", "What failed on the way"), list);
    }
    return block;
  };

  const button = (label, text, onClick, className = "") => {
    const node = make("button", className, text);
    node.type = "button";
    node.setAttribute("aria-label", label);
    node.addEventListener("click", onClick);
    return node;
  };

  const step = (by) => {
    const at = sentences.indexOf(active);
    const next = sentences[at + by];
    if (!next) return;
    show(next, true);
    if (!isNarrow.matches) next.scrollIntoView({ block: "nearest", behavior: "smooth" });
  };

  const panelHead = (claim) =>
    make(
      "div",
      "panel-head",
      make("h2", "", `Sentence ${claim.label}`),
      make(
        "div",
        "panel-buttons",
        button("Previous sentence", "‹", () => step(-1)),
        button("Next sentence", "›", () => step(1)),
        button("Close", "×", () => close(), "close"),
      ),
    );

  const show = (sentence, pin) => {
    isPinned = pin;
    panel.classList.toggle("pinned", pin);
    if (sentence === active) return;
    if (active) active.classList.remove("active");
    active = sentence;
    active.classList.add("active");
    const claim = data.claims[Number(sentence.dataset.claim)];
    const cards = claim.sources.map(sourceCard);
    if (!cards.length) cards.push(make("p", "note", "This sentence cites no source."));
    body.replaceChildren(panelHead(claim), fateBlock(claim), ...cards);
    panel.classList.add("open");
    panel.scrollTop = 0;
    if (isNarrow.matches) keepAboveSheet(sentence);
  };

  const keepAboveSheet = (sentence) => {
    const place = sentence.getBoundingClientRect();
    const isCovered = place.top < 0 || place.bottom > innerHeight - panel.offsetHeight;
    if (isCovered) sentence.scrollIntoView({ block: "start", behavior: "smooth" });
  };

  const empty = [...body.childNodes];
  const close = () => {
    if (active) active.classList.remove("active");
    active = null;
    isPinned = false;
    panel.classList.remove("open", "pinned");
    body.replaceChildren(...empty);
  };

  const toCard = (number) => {
    const card = body.querySelector(`.card[data-number="${number}"]`);
    if (!card) return;
    card.scrollIntoView({ block: "nearest", behavior: "smooth" });
    card.classList.add("flash");
    setTimeout(() => card.classList.remove("flash"), 900);
  };

  for (const sentence of sentences) {
    sentence.tabIndex = 0;
    sentence.addEventListener("mouseenter", () => {
      clearTimeout(hoverTimer);
      if (!isPinned && !isNarrow.matches) hoverTimer = setTimeout(() => show(sentence, false), 60);
    });
    sentence.addEventListener("mouseleave", () => clearTimeout(hoverTimer));
    sentence.addEventListener("focusin", () => {
      if (!isNarrow.matches && sentence.matches(":focus-visible, :has(:focus-visible)")) {
        show(sentence, isPinned && sentence === active);
      }
    });
    sentence.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      if (link && (event.ctrlKey || event.metaKey || event.shiftKey)) return;
      if (link) event.preventDefault();
      else if (String(getSelection())) return;
      if (!link && sentence === active && isPinned) close();
      else show(sentence, true);
      if (link) toCard(link.dataset.number);
    });
    sentence.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target === sentence) show(sentence, true);
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, button")) return;
    if (event.key === "j" || event.key === "k") {
      const at = sentences.indexOf(active);
      const next = sentences[at < 0 ? 0 : at + (event.key === "j" ? 1 : -1)];
      if (next) next.focus();
    }
  });

  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.classList.contains("s")) show(target, true);
  };
  addEventListener("hashchange", follow);
  follow();
  // A second click on the same back-link changes no address, so it is followed by hand.
  for (const link of document.querySelectorAll(".cited a")) {
    link.addEventListener("click", () => show(document.getElementById(link.hash.slice(1)), true));
  }

  const links = new Map([...document.querySelectorAll(".toc a")].map((a) => [a.hash.slice(1), a]));
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        for (const link of links.values()) link.removeAttribute("aria-current");
        links.get(entry.target.id)?.setAttribute("aria-current", "true");
      }
    },
    { rootMargin: "-10% 0px -75% 0px" },
  );
  for (const id of links.keys()) seen.observe(document.getElementById(id));
})();
