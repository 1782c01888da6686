"use strict";
// Lists the items, filters them, and makes an item readable when it is opened.
// Everything is written with textContent: text from documents and models never becomes markup.
(() => {
  const BATCH = 200;
  const N_COLOURS = 7;
  const RIGHT = 0.5;

  const make = (tag, className, ...children) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    node.append(...children);
    return node;
  };
  const number = (value) => value.toLocaleString("en-US");
  const figure = (value) => (Math.abs(value) >= 100 ? number(Math.round(value)) : value.toFixed(Math.abs(value) >= 10 ? 1 : 3));

  const fold = (title, open, ...children) => {
    const node = make("details", "fold", make("summary", "", title), ...children);
    node.open = open;
    return node;
  };

  // The text with every gold answer marked. Where a letter's small form is longer than itself, nothing is marked.
  const marked = (text, answers) => {
    const low = text.toLowerCase();
    const wanted = answers.map((answer) => answer.toLowerCase()).filter((answer) => answer.length > 1);
    if (low.length !== text.length || !wanted.length) return [text];
    const isWord = (character) => character !== undefined && /[\p{L}\p{N}]/u.test(character);
    const nodes = [];
    let from = 0;
    for (let at = 0; at < low.length; ) {
      const hit = wanted.find(
        (answer) => low.startsWith(answer, at) && !isWord(low[at - 1]) && !isWord(low[at + answer.length]),
      );
      if (!hit) {
        at += 1;
        continue;
      }
      nodes.push(text.slice(from, at), make("mark", "", text.slice(at, at + hit.length)));
      at += hit.length;
      from = at;
    }
    return [...nodes, text.slice(from)];
  };

  const list = (className, entries) => make("ol", className, ...entries.map((entry) => make("li", "", ...entry)));

  const start = (section) => {
    const data = JSON.parse(section.querySelector('script[type="application/json"]').textContent);
    const form = section.querySelector("form");
    const shelf = section.querySelector(".list");
    const further = section.querySelector(".further");
    const found = section.querySelector(".found");
    const { items, runs, texts } = data;

    const badge = (run) => {
      const node = make("b", "run", runs[run].letter);
      node.style.setProperty("--c", `var(--run-${run % N_COLOURS})`);
      return node;
    };

    const statuses = (item, run) => (item.results[run].length ? item.results[run].map((result) => result.status) : ["not done"]);
    const gap = (item) => {
      const scores = item.scores.filter((score) => score !== null);
      return scores.length > 1 ? Math.max(...scores) - Math.min(...scores) : 0;
    };
    const isDifferent = (item) => gap(item) > 1e-9 || new Set(runs.map((_, run) => statuses(item, run).join())).size > 1;

    const words = new Map();
    const wordsOf = (item) => {
      if (!words.has(item)) {
        const said = item.results.flat().map((result) => result.answer ?? "");
        words.set(item, [item.id, item.text ?? "", ...(item.answers ?? []), ...said].join("\n").toLowerCase());
      }
      return words.get(item);
    };

    const SCORES = {
      right: (score) => score !== null && score >= RIGHT,
      wrong: (score) => score !== null && score < RIGHT,
      scored: (score) => score !== null,
      unscored: (score) => score === null,
    };
    const fits = (item, wanted) => {
      if (wanted.words && !wanted.words.split(/\s+/).every((word) => wordsOf(item).includes(word))) return false;
      if (wanted.kind !== "*" && item.kind !== wanted.kind) return false;
      if (wanted.differs && !isDifferent(item)) return false;
      const isMatch = (run) =>
        (!wanted.status || statuses(item, run).includes(wanted.status)) &&
        (!wanted.score || SCORES[wanted.score](item.scores[run]));
      const all = runs.map((_, run) => run);
      if (wanted.run === "any") return all.some(isMatch);
      return wanted.run === "every" ? all.every(isMatch) : isMatch(Number(wanted.run));
    };

    const mean = (item, run) => {
      const of = run === "any" || run === "every" ? item.scores : [item.scores[Number(run)]];
      const scores = of.filter((score) => score !== null);
      return scores.length ? scores.reduce((sum, score) => sum + score, 0) / scores.length : null;
    };
    const ordered = (chosen, { order, run }) => {
      if (order === "data") return chosen;
      const value = order === "gap" ? gap : (item) => mean(item, run);
      const sign = order === "low" ? 1 : -1;
      const [known, unknown] = [chosen.filter((item) => value(item) !== null), chosen.filter((item) => value(item) === null)];
      return [...known.sort((a, b) => sign * (value(a) - value(b))), ...unknown];
    };

    const chip = (item, run) => {
      const score = item.scores[run];
      const states = [...new Set(statuses(item, run))];
      const isDone = states.includes("done");
      const isPlain = isDone && states.length === 1;
      const parts = [isPlain ? "" : states.join(", "), isDone && score !== null ? figure(score) : ""];
      const hue = score === null || !data.isShare ? "none" : score >= RIGHT ? "right" : "wrong";
      return make("span", `chip ${hue}`, badge(run), parts.filter(Boolean).join(" ") || "no score");
    };

    const evidence = (result, item) => {
      const lines = result.evidence.map((line) => marked(texts[line], item.answers ?? []));
      const title = `Evidence shown: ${number(lines.length)} lines, ${number(result.shown)} tokens`;
      return fold(title, false, list("evidence", lines));
    };
    const cited = (result, item) => {
      const entries = result.cited.map((entry) => [
        make("span", "", ...marked(entry.sentence, item.answers ?? [])),
        ...entry.sources.map(([title, quote]) =>
          make("blockquote", "quote", make("cite", "", texts[title]), ...marked(texts[quote], item.answers ?? [])),
        ),
      ]);
      return fold(`Cited sentences: ${entries.length}`, false, list("cited", entries));
    };
    const ranked = (result, item) => {
      const gold = new Set(item.supporting ?? []);
      const entries = result.ranked.map((line) => [
        gold.has(texts[line]) ? make("mark", "", texts[line]) : texts[line],
      ]);
      return fold(`Ranking: ${entries.length} documents`, true, list("ranked", entries));
    };

    const costs = (result) => {
      const said = [`${number(result.calls)} calls`, `${number(result.tokens)} tokens`];
      if (result.usd) said.push(`$${result.usd.toFixed(4)}`);
      if (result.seconds !== null) said.push(`${result.seconds.toFixed(2)} s`);
      if (result.confidence !== null && result.confidence !== undefined) said.push(`confidence ${result.confidence.toFixed(3)}`);
      return make("p", "costs", said.join(" · "));
    };

    const card = (item, run, result) => {
      const head = make("header", "", badge(run), make("span", "label", runs[run].label));
      if (item.results[run].length > 1) head.append(make("span", "soft", `epoch ${result.epoch + 1}`));
      head.append(make("span", `status ${result.status}`, result.status));
      const node = make("article", "result", head);
      if (result.answer) node.append(make("p", "answer", ...marked(result.answer, item.answers ?? [])));
      if (result.why) node.append(make("p", "why", result.why));
      const scores = Object.entries(result.scores);
      if (scores.length) {
        const rows = scores.map(([name, score]) =>
          make("div", name === data.main ? "main" : "", make("dt", "", name), make("dd", "", score === null ? "–" : figure(score))),
        );
        node.append(make("dl", "scores", ...rows));
      }
      node.append(costs(result));
      if (result.ranked?.length) node.append(ranked(result, item));
      if (result.evidence?.length) node.append(evidence(result, item));
      if (result.cited?.length) node.append(cited(result, item));
      if (result.thoughts?.length) {
        node.append(fold(`Thoughts: ${result.thoughts.length}`, false, list("thoughts", result.thoughts.map((at) => [texts[at]]))));
      }
      if (result.other) node.append(fold("Other details", false, make("pre", "", result.other)));
      return node;
    };

    const body = (item) => {
      const node = make("div", "body");
      if (item.text !== undefined) node.append(make("p", "question", item.text));
      const facts = make("dl", "facts");
      const fact = (name, ...said) => facts.append(make("div", "", make("dt", "", name), make("dd", "", ...said)));
      if (item.answers?.length) fact("Gold answers", ...item.answers.map((answer) => make("span", "gold", answer)));
      fact("Item", make("code", "", item.id));
      if (item.kind) fact("Kind", item.kind);
      if (item.cluster) fact("Cluster", make("code", "", item.cluster));
      if (item.supporting?.length) fact("Supporting", make("code", "", item.supporting.join(", ")));
      node.append(facts);
      if (item.gold) node.append(fold("Gold details", false, make("pre", "", item.gold)));
      const cards = runs.flatMap((_, run) => {
        if (!item.results[run].length) {
          const head = make("header", "", badge(run), make("span", "label", runs[run].label), make("span", "status", "not done"));
          return [make("article", "result", head)];
        }
        return item.results[run].map((result) => card(item, run, result));
      });
      node.append(make("div", "results", ...cards));
      return node;
    };

    const row = (item) => {
      const chips = make("span", "chips", ...runs.map((_, run) => chip(item, run)));
      const title = make("span", "title", item.text ?? item.id);
      const summary = make("summary", "", title, chips);
      if (item.kind) title.append(make("span", "kind", item.kind));
      const node = make("details", "item", summary);
      node.addEventListener("toggle", () => {
        if (node.open && node.children.length === 1) node.append(body(item));
      });
      return node;
    };

    let chosen = [];
    let shown = 0;
    const showMore = () => {
      shelf.append(...chosen.slice(shown, shown + BATCH).map(row));
      shown = Math.min(shown + BATCH, chosen.length);
      further.hidden = shown >= chosen.length;
      further.textContent = `Show ${number(Math.min(BATCH, chosen.length - shown))} more of ${number(chosen.length - shown)}`;
    };
    const refresh = () => {
      const given = new FormData(form);
      const wanted = {
        words: given.get("words").trim().toLowerCase(),
        status: given.get("status"),
        score: given.get("score"),
        run: given.get("run"),
        kind: given.get("kind") ?? "*",
        order: given.get("order"),
        differs: given.has("differs"),
      };
      chosen = ordered(items.filter((item) => fits(item, wanted)), wanted);
      shown = 0;
      shelf.replaceChildren();
      found.textContent = chosen.length === items.length ? `${number(items.length)} items` : `${number(chosen.length)} of ${number(items.length)} items`;
      showMore();
    };

    let timer = 0;
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(refresh, 120);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    further.addEventListener("click", showMore);
    refresh();
  };

  for (const section of document.querySelectorAll("section.items")) start(section);
})();
