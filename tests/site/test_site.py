"""The site of a base: complete, linked both ways, escaped, the same each time; and the graph of sources and sentences."""

from __future__ import annotations

import importlib.resources
import json
import os
import posixpath
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from legit.catalogue.citation_graph import (
    build_citation_graph,
    citation_graph_dot,
    citation_graph_mermaid,
    citation_graph_text,
)
from legit.catalogue.entries import Entries
from legit.catalogue.precedents import load_precedents
from legit.catalogue.relations import relations
from legit.catalogue.search import Search
from legit.cli import main
from legit.errors import FolderInUseError
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.site.build import FILE_LIST, build_site_files, write_site
from legit.site.drawing import graph_svg
from legit.site.urls import Urls
from tests.conftest import edit

HOSTILE = "</title></pre><script>alert(1)</script><img src=x onerror=alert(1)>&amp;\\\"'"


class Page(HTMLParser):
    """What of a page can do something: its links, marks, scripts and attributes; and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.marks: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes |= {name for name, _ in attrs}
        given = dict(attrs)
        self.links += [value for name in ("href", "src", "action") if (value := given.get(name))]
        if given.get("id"):
            self.marks.append(str(given["id"]))

    def handle_data(self, data: str) -> None:
        self.text += data


def pages(files: dict[str, str]) -> dict[str, Page]:
    return {name: Page(text) for name, text in files.items() if name.endswith(".html")}


@pytest.fixture(scope="module")
def files(judge: Judge) -> dict[str, str]:
    return build_site_files(judge)


@pytest.fixture(scope="module")
def site(files: dict[str, str]) -> dict[str, Page]:
    return pages(files)


@pytest.fixture(scope="module")
def addresses(judge: Judge) -> Urls:
    return Urls(Entries(judge.base).all)


def target(here: str, link: str) -> tuple[str, str]:
    page, _, mark = unquote(link).partition("#")
    return posixpath.normpath(posixpath.join(posixpath.dirname(here), page)) if page else here, mark


def unresolved(site: dict[str, Page], files: dict[str, str]) -> list[tuple[str, str]]:
    found = []
    for here, page in site.items():
        for link in page.links:
            if link == "data:,":
                continue
            there, mark = target(here, link)
            if there not in files or (mark and mark not in site[there].marks):
                found.append((here, link))
    return found


def test_every_link_resolves_and_no_mark_stands_twice(site: dict[str, Page], files: dict[str, str]) -> None:
    assert unresolved(site, files) == []
    assert [name for name, page in site.items() if len(page.marks) != len(set(page.marks))] == []


def test_everything_has_a_page_that_can_be_reached(judge: Judge, site: dict[str, Page], addresses: Urls) -> None:
    assert len({address for _, address in addresses.pages}) == len(addresses.pages)
    for name in judge.base.criteria:
        assert f"criterion/{name}.html" in site
    for entry, address in addresses.pages:
        assert entry.title.split("\n")[0] in site[address].text
    reached, waiting = set(), ["index.html"]
    while waiting:
        here = waiting.pop()
        if here in site and here not in reached:
            reached.add(here)
            waiting += [target(here, link)[0] for link in site[here].links if link != "data:,"]
    assert reached == set(site)


def test_what_is_related_is_linked_both_ways(judge: Judge, site: dict[str, Page], addresses: Urls) -> None:
    linked = {here: {target(here, link)[0] for link in page.links} for here, page in site.items()}
    for item in relations(judge.base):
        start, end = addresses.of(item.start), addresses.of(item.end)
        assert start, item
        assert end, item
        assert end in linked[start], item
        assert start in linked[end], item


def test_a_criterion_stands_with_its_rules_cases_and_verdicts(judge: Judge, files: dict[str, str]) -> None:
    for name, criterion in judge.base.criteria.items():
        page = files[f"criterion/{name}.html"]
        assert page.count('<article class="case">') == len(criterion.examples) + len(criterion.counterexamples)
        assert '<p class="unexpected">' not in page
        assert f"meets({name})" in page
    page = Page(files["criterion/singled_out.html"])
    assert "A dispute in the past, and nothing done to the user since" in page.text
    verdicts = re.findall(r'<p class="verdict (\w+)">', files["criterion/singled_out.html"])
    singled_out = judge.base.criteria["singled_out"]
    told = [*singled_out.examples, *singled_out.counterexamples]
    assert verdicts == [judge.assess(example.text).verdict.value for example in told]
    assert {"defeated", "stands"} <= set(verdicts)
    brown = files["precedent/rc002_brown.html"]
    assert '<a href="../criterion/discrimination.html">' in brown
    assert '<a href="../precedent/rc002_brown.html">' in files["criterion/discrimination.html"]


def test_the_first_page_numbers_and_links_what_deviates(judge: Judge, files: dict[str, str]) -> None:
    deviating = [item for item in load_precedents(judge.base.layers) if item.deviation]
    front = files["index.html"]
    said = re.findall(r"(\d+) of (\d+) examples and precedents have the expected result, (\d+) another one", front)
    assert len(said) == 2  # at the top, and over the list
    good, total, others = map(int, said[0])
    assert (total - good, others) == (len(deviating), len(deviating))
    for item in deviating:
        assert f'<a href="precedent/{item.id}.html">' in front
        assert '<p class="expected">Deviates as argued: ' in files[f"precedent/{item.id}.html"]
        assert "As the base expects" not in files[f"precedent/{item.id}.html"]


def test_the_site_explains_degrees_marks_and_what_nobody_cites(files: dict[str, str]) -> None:
    assert (
        '<a href="../standard_of_review/proportionality.html">proportionality: it defeats'
        in files["criterion/excessive_cost.html"]
    )
    assert (
        '<a href="../standard_of_review/jurisdictional.html">jurisdictional: it defeats'
        in files["criterion/lacks_jurisdiction.html"]
    )
    assert '<a href="../threshold/heavy.html">' in files["standard_of_review/jurisdictional.html"]
    assert "unverified: nobody has checked the pinpoint" in files["source/shelley_v_kraemer.html"]
    assert "<p>No criterion cites it.</p>" in files["doctrine/ap-32.html"]
    assert "No criterion cites it" not in files["doctrine/fd-03.html"]


def test_an_example_that_does_not_come_out_is_shown_as_such(copy: Path, judge: Judge) -> None:
    rule = "meets(singled_out) :- treated_differently, not difference_relevant, not obeying_hurts(many), not cost_on_all.\n"
    edit(copy / "criteria/application/singled_out.lp", lambda text: text.replace(rule, ""))
    files = build_site_files(Judge(KnowledgeBase.load(copy)))
    wrong = files["criterion/singled_out.html"].count("Not as the base expects: expected that `singled_out` applies")
    listed = re.findall('<a href="criterion/singled_out.html">(singled_out example [0-9]+)</a>', files["index.html"])
    assert "singled_out example 5" in listed
    assert 0 < wrong == len(set(listed)) < len(judge.base.criteria["singled_out"].examples)


def test_the_index_ranks_as_the_search_does(judge: Judge, files: dict[str, str]) -> None:
    entries = Entries(judge.base).all
    search = Search(entries)
    index = json.loads(files["search-index.js"].removeprefix("window.LEGIT_INDEX=").rstrip(";\n"))
    for query in ("selective enforcement", "retroactive punishment", "inside of the home", "eviction of tenants"):
        stems = {index["stem_numbers"][word] for word in query.split() if word in index["stem_numbers"]}
        scores: dict[int, float] = {}
        for at in range(len(entries)):
            held = [(stem, dict(zip(*[iter(index["postings"][stem])] * 2, strict=True)).get(at)) for stem in stems]
            rarity = [index["idf"][stem] for stem, weight in held if weight is not None]
            if rarity:
                covered = sum(rarity) / sum(index["idf"][stem] for stem in stems)
                score = sum(weight * index["idf"][stem] for stem, weight in held if weight is not None)
                scores[at] = score * covered**2 * index["boosts"][at]
        best = max(scores, key=lambda at: scores[at])
        assert index["entries"][best][0] == search.find(query, 1)[0].entry.title


def test_the_script_reads_the_index_by_the_names_that_it_has(files: dict[str, str]) -> None:
    index = json.loads(files["search-index.js"].removeprefix("window.LEGIT_INDEX=").rstrip(";\n"))
    script = importlib.resources.files("legit.site").joinpath("search.js").read_text(encoding="utf-8")
    assert set(re.findall(r"\bindex\.(\w+)", re.sub(r"(?m)^//.*", "", script))) == set(index)


def test_hostile_texts_are_escaped_everywhere(copy: Path) -> None:
    said = json.dumps(HOSTILE + "\u202e")
    edit(
        copy / "criteria/application/retroactive.lp",
        lambda text: (
            re.sub(r"(?m)^(title|statement) = .*$", lambda match: f"{match.group(1)} = {said}", text, count=2)
            + f"% {HOSTILE}\n"
        ),
    )
    edit(
        copy / "doctrines/authority.toml",
        lambda text: re.sub(r"(?m)^name = .*$", lambda _: f"name = {said}", text, count=1),
    )
    with (copy / "sources/treaties.toml").open("a", encoding="utf-8") as file:
        for name in ("../../outside", "ICCPR", "index", "x" * 300, 'a<b>\\"&'):
            file.write(f'\n["{name}"]\ntitle = {said}\nshort_title = {said}\nkind = "treaty"\nverified = true\n')
    (copy / "properties").mkdir(exist_ok=True)
    (copy / "properties" / "hostile.lp").write_text(
        f'%*\nid = "hostile"\ntitle = {said}\nquestion = {said}\nstatement = {said}\nsources = ["iccpr 15"]\n*%\n\n'
        "found :- defeats(retroactive).\n",
        encoding="utf-8",
    )
    files = build_site_files(Judge(KnowledgeBase.load(copy)))
    site = pages(files)
    assert unresolved(site, files) == []
    assert all(re.fullmatch(r"(?:[a-z0-9_-]+/)?[a-z0-9_-]{1,80}\.(?:html|css|js|txt)", name) for name in files)
    assert {name: page.tags["script"] for name, page in site.items() if page.tags["script"]} == {"index.html": 2}
    assert not [name for name, page in site.items() if page.tags["img"]]
    assert not [name for page in site.values() for name in page.attributes if name.startswith("on")]
    assert not [name for name, text in files.items() if "\u202e" in text]
    assert "<" not in files["search-index.js"]
    shown = HOSTILE + "\\u202e"
    for name in ("criterion/retroactive.html", "doctrine/index.html", "property/hostile.html", "source/index.html"):
        assert shown in site[name].text, name
    assert "property/hostile.html" in {target("source/iccpr.html", link)[0] for link in site["source/iccpr.html"].links}


def test_building_again_gives_the_same_bytes(tmp_path: Path) -> None:
    built = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        subprocess.run(
            [sys.executable, "-m", "legit", "kb", "site", str(folder)],
            check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed},
        )  # fmt: skip
        built.append({path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()})
    assert built[0] == built[1]
    assert len(built[0]) > 1000


def test_nothing_on_a_page_needs_a_network(files: dict[str, str], site: dict[str, Page]) -> None:
    assert not [link for page in site.values() for link in page.links if ":" in link and link != "data:,"]
    assert not re.search(r"@import|url\(", files["style.css"])
    assert "<noscript>" in files["index.html"]


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    assert main(["kb", "site", str(tmp_path)]) == 2
    assert "is not empty and holds no site" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    with pytest.raises(FolderInUseError):
        write_site({}, tmp_path / "letter.txt")


def test_building_again_removes_the_pages_that_are_gone_and_no_other_file(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    outside = tmp_path / "outside.html"
    outside.write_text("mine", encoding="utf-8")
    write_site({"index.html": "a", "right/old.html": "b", "files.txt": "index.html\nright/old.html\n"}, folder)
    (folder / "notes.html").write_text("mine", encoding="utf-8")
    with (folder / "files.txt").open("a", encoding="utf-8") as file:
        file.write("../outside.html\n")
    write_site({"index.html": "c", "files.txt": "index.html\n"}, folder)
    assert outside.exists()
    assert (folder / "notes.html").exists()
    assert not (folder / "right/old.html").exists()
    assert (folder / "index.html").read_text(encoding="utf-8") == "c"


# The graph


def test_the_graph_of_a_criterion_holds_its_sources_and_sentences(judge: Judge) -> None:
    graph = build_citation_graph(judge.base, ["singled_out"])
    of = {kind: {node.id for node in graph.nodes if node.kind == kind} for kind in ("source", "criterion", "sentence")}
    places = {
        citation.ref
        for ref in judge.base.criteria["singled_out"].sources
        for citation in judge.base.bibliography.resolve(ref)
    }
    assert of["criterion"] == {"singled_out"}
    assert of["source"] == {ref.partition(" ")[0] for ref in places}
    through = {
        graph.nodes[edge.end].id: edge.indirect for edge in graph.edges if graph.nodes[edge.start].kind == "criterion"
    }
    assert not through["treated_differently"]  # read by a rule of the criterion
    assert not through["was_penalised"]
    assert through["breach_harmless"]  # read by way of a derived concept
    assert set(through) == of["sentence"]
    text = citation_graph_text(graph)
    assert "  rests on ECHR: ECHR 18, ECHR 6(1), ECHR 14, ECHR P12-1, ECHR 13\n" in text
    assert "  reads The others differ from the user in a way that matters\n" in text
    assert "  reads through shared derived concepts Breaking the rule harms nobody\n" in text


def test_every_form_of_the_graph_holds_every_node_and_edge(judge: Judge) -> None:
    members = [item.id for item in judge.base.criteria.values() if item.family == "content_defeat"]
    graph = build_citation_graph(judge.base, members)
    assert {node.id for node in graph.nodes if node.kind == "criterion"} == set(members)
    drawn = ET.fromstring(graph_svg(graph, "content", standalone=True))
    space = "{http://www.w3.org/2000/svg}"
    assert len(drawn.findall(f"{space}g")) == len(graph.nodes)
    assert len(drawn.findall(f"{space}path")) == len(graph.edges)
    assert len(re.findall(r"(?m)^  n\d+ -> n\d+", citation_graph_dot(graph))) == len(graph.edges)
    assert len(re.findall(r"(?m)^  n\d+ (?:-->|-\.->) n\d+$", citation_graph_mermaid(graph))) == len(graph.edges)


def test_hostile_titles_end_no_label(copy: Path) -> None:
    edit(
        copy / "criteria/application/retroactive.lp",
        lambda text: re.sub(r"(?m)^title = .*$", lambda _: f"title = {json.dumps(HOSTILE)}", text, count=1),
    )
    graph = build_citation_graph(KnowledgeBase.load(copy), ["retroactive"])
    assert (
        ET.fromstring(graph_svg(graph, HOSTILE, standalone=True)).find(".//{http://www.w3.org/2000/svg}script") is None
    )
    for line in citation_graph_mermaid(graph).splitlines():
        assert line.count('"') in (0, 2)
    for line in citation_graph_dot(graph).splitlines():
        assert len(re.findall(r'(?<!\\)(?:\\\\)*"', line)) in (0, 2)


@pytest.mark.parametrize("form", ["text", "html", "svg", "dot", "mermaid", "json"])
def test_the_command_prints_each_form(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kb", "graph", "--family", "harm", "--criterion", "harm_bribery", "--format", form]) == 0
    printed = capsys.readouterr().out
    assert "UNCAC" in printed
    assert "Singled out" not in printed
    if form == "html":
        assert unresolved({"g.html": Page(printed)}, {}) == []
        assert "The same in words" in printed


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--criterion", "singled_ou"], "there is no criterion `singled_ou`; did you mean singled_out"),
        (["--family", "harms"], "there is no family `harms`; did you mean harm"),
        (["--family", "harm", "--criterion", "singled_out"], "no criterion is left to draw"),
    ],
)
def test_a_graph_of_nothing_is_wrong_usage(options: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kb", "graph", *options]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
def test_no_link_in_an_old_site_leads_out_of_it(tmp_path: Path) -> None:
    """A page, or the folder of pages, that was replaced by a link: what it leads to stays as it is."""
    site, outside = tmp_path / "site", tmp_path / "outside"
    files = {"index.html": "new", "criteria/one.html": "new", FILE_LIST: "index.html\ncriteria/one.html\n"}
    write_site(files, site)
    outside.mkdir()
    for name in ("index.html", "one.html"):
        (outside / name).write_text("mine", encoding="utf-8")
    (site / "index.html").unlink()
    (site / "index.html").symlink_to(outside / "index.html")
    (site / "criteria" / "one.html").unlink()
    (site / "criteria").rmdir()
    (site / "criteria").symlink_to(outside)
    write_site(files, site)
    assert [path.read_text(encoding="utf-8") for path in sorted(outside.iterdir())] == ["mine", "mine"]
    assert not (site / "index.html").is_symlink()
    assert (site / "criteria" / "one.html").read_text(encoding="utf-8") == "new"
