"""The Merkle tree agrees with the RFC's own recursive definitions, and no forged proof is taken."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legit.decision_log import merkle
from tests.decision_log import rfc9162_reference as reference

ENTRIES = st.lists(st.binary(max_size=4), max_size=40)
SOME = st.lists(st.binary(max_size=4), min_size=1, max_size=40)


def build_tree(entries: list[bytes]) -> tuple[merkle.Frontier, dict[tuple[int, int], bytes]]:
    frontier, nodes = merkle.Frontier(), {}
    for entry in entries:
        for level, position, found in frontier.append(merkle.leaf_hash(entry)):
            assert (level, position) not in nodes
            nodes[level, position] = found
    return frontier, nodes


def node_lookup(nodes: dict[tuple[int, int], bytes]) -> merkle.NodeLookup:
    return lambda level, position: nodes[level, position]


@given(ENTRIES)
def test_roots_of_every_size(entries: list[bytes]) -> None:
    frontier, nodes = build_tree(entries)
    assert frontier.root() == reference.mth(entries)
    for size in range(len(entries) + 1):
        assert merkle.root(size, node_lookup(nodes)) == reference.mth(entries[:size])
        assert merkle.Frontier.from_nodes(size, node_lookup(nodes)).root() == reference.mth(entries[:size])


def test_proofs_of_every_size_and_place() -> None:
    entries = [bytes([number]) for number in range(33)]
    _, nodes = build_tree(entries)
    for size in range(1, len(entries) + 1):
        head = reference.mth(entries[:size])
        for index in range(size):
            found = merkle.inclusion_path(index, size, node_lookup(nodes))
            assert found == reference.path(index, entries[:size])
            assert merkle.verify_inclusion(merkle.leaf_hash(entries[index]), index, size, found, head)
        for first in range(1, size + 1):
            found = merkle.consistency_path(first, size, node_lookup(nodes))
            assert found == reference.proof(first, entries[:size])
            assert merkle.verify_consistency(first, size, found, reference.mth(entries[:first]), head)


@given(SOME, st.data())
def test_a_changed_inclusion_proof_is_refused(entries: list[bytes], data: st.DataObject) -> None:
    _, nodes = build_tree(entries)
    size = len(entries)
    index = data.draw(st.integers(0, size - 1))
    found = merkle.inclusion_path(index, size, node_lookup(nodes))
    leaf, head = merkle.leaf_hash(entries[index]), reference.mth(entries)
    other = data.draw(st.binary(max_size=4).filter(lambda entry: entry != entries[index]))
    assert not merkle.verify_inclusion(merkle.leaf_hash(other), index, size, found, head)
    assert not merkle.verify_inclusion(leaf, index, size, [*found, head], head)
    assert not merkle.verify_inclusion(leaf, size, size, found, head)
    assert not merkle.verify_inclusion(leaf, -1, size, found, head)
    if found:
        at_step = data.draw(st.integers(0, len(found) - 1))
        changed = [*found[:at_step], hashlib.sha256(found[at_step]).digest(), *found[at_step + 1 :]]
        assert not merkle.verify_inclusion(leaf, index, size, changed, head)
        assert not merkle.verify_inclusion(leaf, index, size, found[:-1], head)


@given(SOME, st.data())
def test_a_changed_history_is_refused(entries: list[bytes], data: st.DataObject) -> None:
    _, nodes = build_tree(entries)
    second = len(entries)
    first = data.draw(st.integers(1, second))
    found = merkle.consistency_path(first, second, node_lookup(nodes))
    old, new = reference.mth(entries[:first]), reference.mth(entries)
    at_entry = data.draw(st.integers(0, first - 1))
    forged = [*entries[:at_entry], entries[at_entry] + b"!", *entries[at_entry + 1 :]]
    assert not merkle.verify_consistency(first, second, found, reference.mth(forged[:first]), new)
    assert not merkle.verify_consistency(first, second, found, old, reference.mth(forged))
    assert not merkle.verify_consistency(first, second, [*found, old], old, new)
    if found:
        assert not merkle.verify_consistency(first, second, found[:-1], old, new)


def test_what_the_rfc_does_not_define_is_refused() -> None:
    _, nodes = build_tree([b"a", b"b"])
    for index, size in ((2, 2), (-1, 2), (0, 0)):
        with pytest.raises(ValueError, match="no leaf"):
            merkle.inclusion_path(index, size, node_lookup(nodes))
    for first, second in ((0, 2), (3, 2)):
        with pytest.raises(ValueError, match="no proof"):
            merkle.consistency_path(first, second, node_lookup(nodes))
    assert not merkle.verify_consistency(0, 2, [], merkle.EMPTY_ROOT, merkle.EMPTY_ROOT)
    assert not merkle.verify_consistency(3, 2, [], merkle.EMPTY_ROOT, merkle.EMPTY_ROOT)


def test_the_vectors_of_certificate_transparency() -> None:
    """The leaves and roots of the known-answer tests that the logs of Certificate Transparency share."""
    entries = [bytes.fromhex(text) for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )]  # fmt: skip
    frontier, _ = build_tree(entries)
    assert frontier.root().hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert merkle.EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
