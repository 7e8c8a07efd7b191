"""What any manifest must do. A store of another kind inherits `ManifestRules` and brings its own `manifest`."""

from __future__ import annotations

import datetime as dt
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standins import WordEncoder, open_index, write

from rag.documents import roots
from rag.errors import ConfigurationError
from rag.language.stemming import query_stems
from rag.models import Document, Page, Skipped, Visibility
from rag.passages import context, passages
from rag.retrieval import Retriever
from rag.store.manifest import Manifest
from rag.store.rows import Entry, passage_of

ENCODER = WordEncoder()


def document(text: str, id_: str = "d1", language: str = "it", **fields: object) -> Document:
    made = Document(
        id=id_,
        source=f"{id_}.md",
        title="Verbale",
        language=language,
        text=text,
        version=str(fields.pop("version", "v1")),
        content_hash="hash",
        format="md",
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def entries(of: Document) -> list[Entry]:
    found = passages(of)
    encoded = ENCODER.encode_documents([p.text for p in found])
    return [Entry(p, e, context(p, of)) for p, e in zip(found, encoded, strict=True)]


def put(manifest: Manifest, of: Document, root: str = "corpus", fingerprint: str = "f") -> Document:
    manifest.put(of, root, fingerprint, entries(of))
    return of


class ManifestRules(ABC):
    """The rules, whatever the store."""

    @pytest.fixture
    @abstractmethod
    def manifest(self, tmp_path: Path) -> Manifest:
        """A subclass brings the store."""

    def test_a_document_comes_back_as_it_was_put(self, manifest: Manifest) -> None:
        whole = document(
            "Prima pagina.\n\nSeconda — “così” 😀.",
            publisher="Città di Torino",
            date=dt.date(2025, 4, 24),
            visibility=Visibility.PUBLIC,
            pages=(Page(1, 0, 15), Page(2, 15, 35)),
            url="https://example.org/a",
        )
        put(manifest, whole)
        assert manifest.document("d1") == whole
        assert manifest.documents() == [whole]

    def test_passages_are_exact_slices_of_the_text(self, manifest: Manifest) -> None:
        whole = put(manifest, document("# Titolo 😀\n\nUno è “qui”.\n\n- due\n- tre\n"))
        found = manifest.passages(manifest.passage_ids())
        assert [p.text for p in sorted(found.values(), key=lambda p: p.start)] == ["Uno è “qui”.", "due", "tre"]
        assert all(p.text == whole.text[p.start : p.end] for p in found.values())

    def test_encodings_come_back_to_the_bit(self, manifest: Manifest) -> None:
        made = entries(put(manifest, document("Uno due tre.\n\nQuattro.")))
        found = manifest.encodings([e.passage.id for e in made], {e.passage.document_id for e in made})
        for entry in made:
            got = found[entry.passage.id]
            assert np.array_equal(got.vector, entry.encoding.vector)
            assert np.array_equal(got.tokens, entry.encoding.tokens)
            assert np.array_equal(got.offsets, entry.encoding.offsets)

    def test_a_new_version_replaces_the_passages_and_keeps_the_old_text(self, manifest: Manifest) -> None:
        old = put(manifest, document("Erano 41 delegati.", version="v1"))
        new = put(manifest, document("Erano 38 delegati.", version="v2"))
        assert manifest.document("d1") == new
        assert manifest.document("d1", "v1") == old
        assert [p.text for p in manifest.passages(manifest.passage_ids()).values()] == ["Erano 38 delegati."]
        assert not manifest.search(["41"], "it", 5)

    def test_a_version_that_returns_is_the_present_one_again(self, manifest: Manifest) -> None:
        for text, version in (("Uno.", "v1"), ("Due.", "v2"), ("Uno.", "v1")):
            put(manifest, document(text, version=version))
        now, before = manifest.document("d1"), manifest.document("d1", "v2")
        assert now is not None
        assert before is not None
        assert (now.text, before.text) == ("Uno.", "Due.")

    def test_a_removed_document_leaves_the_search_and_keeps_its_texts(self, manifest: Manifest) -> None:
        put(manifest, document("Erano 41 delegati.", version="v1"))
        manifest.remove("d1")
        assert manifest.document("d1") is None
        assert manifest.document("d1", "v1") is not None
        assert manifest.documents() == []
        assert manifest.passage_ids() == manifest.vector_ids() == set()
        assert not manifest.search(["41"], "it", 5)

    def test_removing_what_is_not_there_changes_nothing(self, manifest: Manifest) -> None:
        put(manifest, document("Uno."))
        manifest.remove("another")
        assert len(manifest.documents()) == 1

    def test_what_is_unknown_is_none_or_left_out(self, manifest: Manifest) -> None:
        put(manifest, document("Uno.", version="v1"))
        assert manifest.document("d2") is None
        assert manifest.document("d1", "v9") is None
        assert manifest.passages(["unknown"]) == {}
        assert manifest.encodings(["unknown"], {"unknown"}) == {}
        assert list(manifest.vectors(["unknown"])) == []
        assert manifest.siblings("unknown") == []

    def test_a_document_without_passages_is_still_a_document(self, manifest: Manifest) -> None:
        put(manifest, document("# Solo un titolo\n"))
        assert len(manifest.documents()) == 1
        assert manifest.counts() == {}

    def test_siblings_are_in_the_order_of_the_text(self, manifest: Manifest) -> None:
        put(manifest, document("Uno.\n\nDue.\n\nTre.\n"))
        found = manifest.passages(manifest.passage_ids())
        assert [found[id_].text for id_ in manifest.siblings("d1")] == ["Uno.", "Due.", "Tre."]
        assert manifest.counts() == {"d1": 3}

    def test_the_same_passage_embedded_anew_has_another_vector_id(self, manifest: Manifest) -> None:
        whole = put(manifest, document("Uno due.", version="v1"))
        before = manifest.vector_ids()
        manifest.put(
            whole,
            "corpus",
            "g",
            [replace(e, encoding=WordEncoder("b").encode_documents(["x"])[0]) for e in entries(whole)],
        )
        after = manifest.vector_ids()
        assert before.isdisjoint(after)
        assert {passage_of(v) for v in before} == {passage_of(v) for v in after} == manifest.passage_ids()

    def test_vectors_come_by_vector_id_with_their_document(self, manifest: Manifest) -> None:
        made = entries(put(manifest, document("Uno due.")))
        ((name, owner, vector),) = manifest.vectors(manifest.vector_ids())
        assert passage_of(name) == made[0].passage.id
        assert owner == "d1"
        assert np.array_equal(vector, made[0].encoding.vector)

    def test_more_ids_than_one_query_may_hold(self, manifest: Manifest) -> None:
        put(manifest, document("\n\n".join(f"Capoverso {n}." for n in range(1200))))
        assert len(manifest.passages(manifest.passage_ids())) == 1200
        assert len(list(manifest.vectors(manifest.vector_ids()))) == 1200

    def test_full_text_finds_other_forms_of_a_word_in_its_own_language(self, manifest: Manifest) -> None:
        put(manifest, document("Gli industriali piemontesi visitano la fabbrica.", id_="it1"))
        put(manifest, document("The factories were visited by the companies.", id_="en1", language="en"))
        assert len(manifest.search(query_stems("industriale piemontese", "it"), "it", 5)) == 1
        assert len(manifest.search(query_stems("visiting a factory", "en"), "en", 5)) == 1
        assert not manifest.search(query_stems("the companies", "en"), "it", 5)

    def test_full_text_ignores_accents_and_capitals(self, manifest: Manifest) -> None:
        put(manifest, document("La città di TORINO ospita l’università."))
        assert manifest.search(query_stems("torino citta universita", "it"), "it", 5)

    def test_more_matching_words_score_higher_and_the_limit_holds(self, manifest: Manifest) -> None:
        put(manifest, document("Idrogeno.\n\nTreni a idrogeno e batteria.\n\nPane.\n"))
        found = manifest.search(query_stems("treni idrogeno batteria", "it"), "it", 5)
        texts = manifest.passages([id_ for id_, _ in found])
        assert texts[found[0][0]].text == "Treni a idrogeno e batteria."
        assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
        assert len(manifest.search(query_stems("treni idrogeno", "it"), "it", 1)) == 1

    @pytest.mark.parametrize(
        "query",
        [
            '"',
            '""',
            '" OR "',
            "NEAR(a b)",
            "a NEAR/2 b",
            "*",
            "a*",
            "^a",
            "body:a",
            "-a",
            "NOT",
            "AND OR",
            "(",
            ")",
            "😀",
            "",
            " ",
            "\x00",
            "';--",
            "\ud800",
        ],
    )
    def test_a_hostile_query_finds_nothing_and_breaks_nothing(self, manifest: Manifest, query: str) -> None:
        put(manifest, document("Pane e vino."))
        for language in ("it", "en"):
            assert manifest.search(query_stems(query, language), language, 5) == []
        assert manifest.search(query_stems(f"{query} vino", "it"), "it", 5)

    # One rule for several stores is meant to be called from several classes.
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(st.text(max_size=40), st.sampled_from(["", "vino", "PANE"]))
    def test_whatever_else_is_asked_a_word_that_is_there_is_found(
        self, manifest: Manifest, other: str, word: str
    ) -> None:
        put(manifest, document("Pane e vino."))
        found = manifest.search(query_stems(f"{other} {word}", "it"), "it", 5)
        assert len(found) == 1 if word else len(found) <= 1

    def test_an_unknown_language_finds_nothing(self, manifest: Manifest) -> None:
        assert manifest.search(["a"], "fr; DROP TABLE passages", 5) == []

    def test_what_was_skipped_is_what_the_last_sync_skipped(self, manifest: Manifest) -> None:
        manifest.set_skipped({"a": [Skipped("x.exe", "why", "what to do")], "b": [Skipped("x.exe", "why")]})
        assert manifest.skipped() == [Skipped("x.exe", "why", "what to do"), Skipped("x.exe", "why")]
        manifest.set_skipped({"b": [Skipped("y.exe", "why")]})
        assert manifest.skipped() == [Skipped("y.exe", "why")]

    def test_meta_keeps_the_last_value(self, manifest: Manifest) -> None:
        assert manifest.meta("index") is None
        manifest.set_meta("index", "a")
        manifest.set_meta("index", "b")
        assert manifest.meta("index") == "b"

    def test_stored_tells_roots_fingerprints_and_versions(self, manifest: Manifest) -> None:
        put(manifest, document("Uno.", version="v1"), root="north", fingerprint="print")
        found = manifest.stored()["d1"]
        assert (found.root, found.source, found.version, found.fingerprint) == ("north", "d1.md", "v1", "print")


class TestSqliteManifest(ManifestRules):
    @pytest.fixture
    def manifest(self, tmp_path: Path) -> Manifest:
        return Manifest(tmp_path / "manifest.sqlite")

    def test_it_is_there_after_closing_and_opening(self, tmp_path: Path) -> None:
        first = Manifest(tmp_path / "m.sqlite")
        whole = put(first, document("Uno."))
        first.close()
        assert Manifest(tmp_path / "m.sqlite").document("d1") == whole

    def test_a_newer_schema_is_refused_and_left_as_it_is(self, tmp_path: Path) -> None:
        path = tmp_path / "m.sqlite"
        engine = sa.create_engine(f"sqlite:///{path}")
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE meta (key TEXT, value TEXT)"))
            connection.execute(sa.text("INSERT INTO meta VALUES ('schema', '99')"))
        with pytest.raises(ConfigurationError, match="schema 99"):
            Manifest(path)
        assert sa.inspect(engine).get_table_names() == ["meta"]

    def test_a_file_of_another_kind_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "m.sqlite").write_text("This is no database, whatever its name says.\n" * 99)
        with pytest.raises(ConfigurationError, match="cannot be read"):
            Manifest(tmp_path / "m.sqlite")


@pytest.mark.slow  # starts a PostgreSQL
class TestPostgresManifest(ManifestRules):
    @pytest.fixture
    def manifest(self, new_database: Callable[[], str]) -> Iterator[Manifest]:
        opened = Manifest(new_database())
        yield opened
        opened.close()

    def test_it_ranks_as_sqlite_does_score_by_score(self, manifest: Manifest, tmp_path: Path) -> None:
        other = Manifest(tmp_path / "m.sqlite")
        for one in (manifest, other):
            put(one, document("# Treni\n\nTreni a idrogeno.\n\nPane e vino, vino e pane.\n\nIl treno parte.\n"))
            put(one, document("# Idrogeno\n\nLe batterie dei treni.\n\nSale.\n\nAcqua.\n", id_="d2"))
            put(one, document("\n\n".join(f"Capoverso {n} {n * n}." for n in range(20)), id_="d3", title="Altro"))
        stems = query_stems("treno a idrogeno con vino", "it")
        expected = dict(other.search(stems, "it", 9))
        assert len(expected) == 6
        assert max(expected.values()) > 1
        assert dict(manifest.search(stems, "it", 9)) == pytest.approx(expected)

    def test_several_servers_that_begin_at_once_agree(self, new_database: Callable[[], str]) -> None:
        where = new_database()
        begin = threading.Barrier(4)

        def start(name: int) -> str:
            begin.wait()
            opened = Manifest(where)
            try:
                return opened.first_meta("index", str(name))
            finally:
                opened.close()

        with ThreadPoolExecutor(4) as servers:
            assert len(set(servers.map(start, range(4)))) == 1

    def test_syncs_of_several_servers_take_turns(self, manifest: Manifest, new_database: Callable[[], str]) -> None:
        at_work, most = [0], [0]

        def sync(_: int) -> None:
            with manifest.alone():
                at_work[0] += 1
                most[0] = max(most[0], at_work[0])
                manifest.set_meta("who", "somebody")  # time in which another could come in
                at_work[0] -= 1

        with ThreadPoolExecutor(4) as servers:
            list(servers.map(sync, range(8)))
        assert most == [1]

    def test_what_one_server_indexes_another_answers_from(
        self, new_database: Callable[[], str], tmp_path: Path
    ) -> None:
        where = new_database()
        corpus = write(tmp_path / "corpus", {"a.md": "# A\n\nTreni a idrogeno.\n"})
        one, two = (open_index(tmp_path / name, where=where) for name in ("one", "two"))
        seen = Retriever(two)
        assert seen.library.documents == {}
        one.sync(roots((corpus,)))
        assert [d.source for d in seen.library.documents.values()] == ["a.md"]
        two.reconcile()
        assert two.vectors.ids() == one.vectors.ids() != set()
        assert two.sync(roots((corpus,))).unchanged == ("a.md",)

    def test_a_server_that_cannot_be_reached_is_named_without_its_password(self, postgres_server: str) -> None:
        where = postgres_server.replace("fonte@", "fonte:secret@").rpartition("/")[0] + "/nowhere"
        with pytest.raises(ConfigurationError, match="nowhere") as caught:
            Manifest(where)
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize("where", ["mysql://host/name", "no url", "sqlite:///x"])
def test_only_a_postgresql_url_names_a_shared_database(where: str) -> None:
    with pytest.raises(ConfigurationError, match="FONTE_DATABASE_URL"):
        Manifest(where)
