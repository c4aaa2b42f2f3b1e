"use strict";
// Ranks as `legit kb search` does, from the index in search-index.js; a word that nothing holds stands for those that it
// begins. Texts are only ever set as text.
(function () {
  var index = window.LEGIT_INDEX, form = document.querySelector("form[role=search]"), box = document.getElementById("q");
  var results = document.getElementById("results"), said = document.getElementById("found"), words = index.messages;
  function stemsOf(word) {
    if (Object.prototype.hasOwnProperty.call(index.stem_numbers, word)) return [index.stem_numbers[word]];
    var found = {};
    Object.keys(index.stem_numbers).forEach(function (known) { if (known.indexOf(word) === 0) found[index.stem_numbers[known]] = 1; });
    return Object.keys(found).map(Number);
  }
  function find(query) {
    var words = (query.toLowerCase().match(/[\p{L}\p{N}]+/gu) || []).filter(function (word) {
      return word.length > 1 && index.stop_words.indexOf(word) < 0;
    });
    var scores = {}, total = 0;
    words.forEach(function (word) {
      var stems = stemsOf(word), best = {}, rarest = 0;
      stems.forEach(function (stem) {
        var held = index.postings[stem], rarity = index.idf[stem];
        rarest = Math.max(rarest, rarity);
        for (var at = 0; at < held.length; at += 2) best[held[at]] = Math.max(best[held[at]] || 0, held[at + 1] * rarity);
      });
      total += rarest;
      Object.keys(best).forEach(function (entry) {
        var score = scores[entry] || (scores[entry] = [0, 0]);
        score[0] += best[entry];
        score[1] += rarest;
      });
    });
    return Object.keys(scores).map(function (entry) {
      var score = scores[entry];
      return [score[0] * Math.pow(score[1] / total, 2) * index.boosts[entry], Number(entry)];
    }).sort(function (one, other) { return other[0] - one[0] || one[1] - other[1]; });
  }
  function show() {
    var query = box.value, found = find(query), shown = found.slice(0, 50);
    results.replaceChildren.apply(results, shown.map(function (match) {
      var entry = index.entries[match[1]], item = document.createElement("li"), link = document.createElement("a");
      var kind = document.createElement("small");
      link.href = entry[2];
      link.textContent = entry[0];
      kind.textContent = " " + entry[1];
      item.append(link, kind);
      return item;
    }));
    var text = !found.length ? words.not_found : found.length > shown.length ? words.found_more : words.found;
    said.textContent = query.trim() ? text.replace("{count}", found.length).replace("{shown}", shown.length) : "";
  }
  box.value = new URLSearchParams(location.search).get("q") || "";
  form.addEventListener("submit", function (event) { event.preventDefault(); show(); });
  box.addEventListener("input", show);
  if (box.value) show();
})();
