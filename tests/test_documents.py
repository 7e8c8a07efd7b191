"""Files → documents; what is skipped is reported with its reason, and stops nothing else."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from builders import docx, html, pdf, text_page

from rag.documents import Root, SourceFile, content_hash, document_id, read, roots, walk
from rag.errors import ConfigurationError, UnreadableDocument
from rag.models import Document, Skipped, Visibility

MAX = 2**20


def file(name: str, data: bytes, sidecar: str | None = None) -> SourceFile:
    return SourceFile(Root(Path("/corpus"), "corpus"), name, "hash", data, sidecar.encode() if sidecar else None)


def markdown(text: str, sidecar: str | None = None) -> Document:
    return read(file("a.md", text.encode(), sidecar))


def found(root: Path) -> tuple[list[str], dict[str, str]]:
    """(sources read, reason by source skipped) of a folder, each file read as a sync does."""
    kept, skipped = [], {}
    for each in walk(Root(root.resolve(), "corpus"), MAX):
        if isinstance(each, Skipped):
            skipped[each.source] = each.reason
            continue
        try:
            read(each)
            kept.append(each.source)
        except UnreadableDocument as error:
            skipped[each.source] = error.message
    return kept, skipped


def test_front_matter_is_the_documents_metadata_and_no_part_of_its_body() -> None:
    got = markdown(
        "---\ntitle: Uno\npublisher: Regione\ndate: 2025-04-24\nkind: Report\n"
        "visibility: public\nurl: https://a.it\n---\n# Due\n"
    )
    assert (got.title, got.publisher, got.date, got.kind) == ("Uno", "Regione", dt.date(2025, 4, 24), "report")
    assert (got.visibility, got.url) == (Visibility.PUBLIC, "https://a.it")
    assert got.text[got.body_start :] == "# Due\n"


def test_a_sidecar_comes_before_what_the_file_says() -> None:
    got = markdown("---\ntitle: Uno\nkind: faq\n---\nTesto.", "title: Due\nvisibility: public\n")
    assert (got.title, got.kind, got.visibility) == ("Due", "faq", Visibility.PUBLIC)


def test_a_files_hash_is_what_anybody_computes_of_it_and_of_its_sidecar() -> None:
    data, side = b"Testo.", b"title: Uno"
    own, beside = (hashlib.sha256(part).hexdigest() for part in (data, side))
    assert content_hash(data, None) == own
    assert content_hash(data, side) == f"{own}+{beside}"


def test_a_sidecar_comes_before_a_pages_own_head() -> None:
    page = html("<p>Testo</p>", "<title>Uno</title><meta name=kind content=agenda>")
    got = read(file("a.html", page, "title: Due"))
    assert (got.title, got.kind, got.format) == ("Due", "agenda", "html")


def test_without_a_title_the_first_heading_is_it_and_else_the_files_name() -> None:
    assert markdown("Testo.\n\n## **Il titolo**\n").title == "Il titolo"
    assert markdown("Testo.").title == "a"
    assert read(file("note.txt", b"NOTA SULLA VISITA\n\nTesto della nota, che segue.")).title == "NOTA SULLA VISITA"


def test_what_is_unknown_stays_unknown() -> None:
    got = markdown("Testo del 24 aprile 2025 della Regione.")
    assert (got.publisher, got.date, got.url, got.visibility) == (None, None, None, Visibility.INTERNAL)


def test_a_pdfs_day_of_making_is_not_its_date() -> None:
    assert read(file("a.pdf", pdf(text_page("Testo.")))).date is None


def test_a_web_address_must_be_one() -> None:
    assert markdown("---\nurl: javascript:alert(1)\n---\nTesto.").url is None


def test_all_formats_are_read() -> None:
    page = html("Testo.")
    files = {
        "a.md": b"Testo.", "a.markdown": b"Testo.", "a.txt": b"Testo.", "a.html": page, "a.htm": page, "a.xhtml": page,
        "a.pdf": pdf(text_page("Testo.")), "a.docx": docx(lambda d: d.add_paragraph("Testo.")),
    }  # fmt: skip
    assert {read(file(name, data)).text for name, data in files.items()} == {"Testo."}
    assert [read(file(name, data)).format for name, data in files.items()] == [
        "md", "md", "txt", "html", "html", "html", "pdf", "docx",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "data, text",
    [
        ("perché".encode("utf-8-sig"), "perché"),
        ("perché".encode("utf-16"), "perché"),
        ("perché “sì”".encode("cp1252"), "perché “sì”"),
        (b"uno\r\ndue", "uno\r\ndue"),
        (b"a\x00b, con altro testo intorno", "a\ufffdb, con altro testo intorno"),
        ("\ud800".encode("utf-16-le", "surrogatepass").join([b"\xff\xfea\x00", b"b\x00"]), "a\ufffdb"),
        ("tag\U000e0041 nascosti".encode(), "tag\ufffd nascosti"),
    ],
)
def test_text_is_decoded_and_can_always_be_stored(data: bytes, text: str) -> None:
    got = read(file("a.txt", data))
    assert got.text == text
    assert got.text.encode("utf-8")


def test_offsets_count_code_points_behind_a_byte_order_mark() -> None:
    got = markdown("\ufeff---\ntitle: è\n---\n😀 Testo.")
    assert got.text[got.body_start :] == "😀 Testo."


def test_metadata_can_always_be_stored() -> None:
    assert markdown("Testo.", 'title: "a\\ud800b\\0c"').title == "a\ufffdb\ufffdc"


@pytest.mark.parametrize(
    "name, data, sidecar, reason",
    [
        ("a.md", b"", None, "empty"),
        ("a.md", b" \n\t ", None, "empty"),
        ("a.md", b"---\ntitle: x\n---\n", None, "no text"),
        ("a.txt", b"-- ** --", None, "no text"),
        ("a.txt", bytes(range(256)) * 9, None, "binary"),
        ("a.pdf", b"%PDF-1.7 rotto", None, "damaged"),
        ("a.pdf", b"PK\x03\x04", None, "damaged"),
        ("a.docx", b"%PDF-1.7", None, "damaged"),
        ("a.html", b"<p></p>", None, "no text"),
        ("a.md", b"Testo.", "title: [", "not valid YAML"),
        ("a.md", b"Testo.", "solo parole", "key: value"),
        ("a.md", b"Testo.", "date: 2025-02-31", "not valid YAML"),
        ("a.md", b"Testo.", "date: aprile 2025", "not of the form"),
        ("a.md", b"Testo.", "date: 2025", "not of the form"),
        ("a.md", b"Testo.", "visibility: tutti", "neither internal nor public"),
        ("a.md", b"Testo.", "title: [a, b]", "is a list"),
        ("a.md", b"Testo.", "[" * 5000, "not valid YAML"),
        ("a.md", b"Testo.", "x" * 200_000, "longer than"),
        ("a.md", b"---\ntitle: 'x\n---\nTesto.", None, "not valid YAML"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(
    name: str, data: bytes, sidecar: str | None, reason: str
) -> None:
    with pytest.raises(UnreadableDocument, match=reason) as caught:
        read(file(name, data, sidecar))
    assert caught.value.hint


@pytest.mark.parametrize("layer", ["b{n}: &b{n} [{uses}]", "b{n}: &b{n} {{<<: [{uses}], k{n}: 1}}"])
def test_yaml_that_grows_when_it_is_written_out_is_refused_at_once(layer: str) -> None:
    layers = "\n".join(layer.format(n=n, uses=", ".join([f"*b{n - 1}"] * 9)) for n in range(1, 12))
    with pytest.raises(UnreadableDocument, match="refers to another part"):
        markdown("Testo.", f"b0: &b0 {{x: y}}\n{layers}\ntitle: Titolo")


@pytest.mark.parametrize("line", ["title: 0x{}", "date: 0x{}", "0x{}: x"])
def test_a_number_too_long_to_be_written_out_is_no_metadata(line: str) -> None:
    with pytest.raises(UnreadableDocument, match="not valid YAML"):
        markdown("Testo.", line.format("9" * 5000))


def test_a_sidecar_that_is_a_link_to_itself_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("Testo.")
    (tmp_path / "a.md.meta.yaml").symlink_to("a.md.meta.yaml")
    assert found(tmp_path) == (["a.md"], {})


@pytest.mark.parametrize(
    "error, skipped", [(FileNotFoundError, {}), (PermissionError, {"chiusa": "It cannot be opened (no)."})]
)
def test_a_folder_that_vanishes_or_is_closed_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[OSError], skipped: dict[str, str]
) -> None:
    fault_at_folder(tmp_path, monkeypatch, error)
    assert found(tmp_path) == (["a.md"], skipped)


def test_a_folder_that_its_disk_fails_to_list_is_not_taken_for_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault_at_folder(tmp_path, monkeypatch, OSError)
    with pytest.raises(OSError, match="no"):
        found(tmp_path)


def fault_at_folder(root: Path, monkeypatch: pytest.MonkeyPatch, error: type[OSError]) -> None:
    """A corpus with one document beside a folder that cannot be listed."""
    (root / "chiusa").mkdir()
    (root / "a.md").write_text("Testo.")
    scandir = os.scandir

    def failing(folder: Any) -> Any:
        if Path(folder).name == "chiusa":
            raise error(5, "no", str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", failing)


def test_files_that_cannot_be_read_do_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "buono.md").write_text("Testo.")
    (tmp_path / "vuoto.md").write_text("")
    (tmp_path / "rotto.pdf").write_bytes(b"%PDF")
    (tmp_path / "rotto.docx").write_bytes(b"PK")
    (tmp_path / "foto.jpg").write_bytes(b"\xff\xd8")
    (tmp_path / "grande.txt").write_bytes(b"x" * (MAX + 1))
    (tmp_path / "dati.md").write_text("Testo.")
    (tmp_path / "dati.md.meta.yaml").write_text("title: [")
    (tmp_path / "zz.html").write_text("<p>Testo.</p>")
    kept, skipped = found(tmp_path)
    assert kept == ["buono.md", "zz.html"]
    assert set(skipped) == {"vuoto.md", "rotto.pdf", "rotto.docx", "foto.jpg", "grande.txt", "dati.md"}
    assert all(skipped.values())


def test_hidden_files_and_sidecars_are_no_documents(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "a.md").write_text("Testo.")
    (tmp_path / ".nascosto.md").write_text("Testo.")
    (tmp_path / "solo.md.meta.yaml").write_text("title: x")
    assert found(tmp_path) == ([], {})


def test_folders_inside_are_walked_in_a_fixed_order(tmp_path: Path) -> None:
    for name in ("b/uno.md", "a/due.md", "c.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Testo.")
    assert found(tmp_path)[0] == ["a/due.md", "b/uno.md", "c.md"]


def test_a_link_that_leaves_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "fuori.md"
    outside.write_text("Segreto.")
    root = tmp_path / "corpus"
    root.mkdir()
    (root / "a.md").symlink_to(outside)
    (root / "b.md").write_text("Testo.")
    (root / "b.md.meta.yaml").symlink_to(outside)
    kept, skipped = found(root)
    assert kept == []
    assert all("outside" in reason for reason in skipped.values())
    assert len(skipped) == 2


def test_a_name_that_is_no_utf8_is_skipped_and_named(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/perch\xe9.md")).write_text("Testo.")
    (tmp_path / "buono.md").write_text("Testo.")
    kept, skipped = found(tmp_path)
    assert kept == ["buono.md"]
    assert [name.encode("utf-8") for name in skipped] == [b"perch\\udce9.md"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("Testo.")
    (tmp_path / "a.md").chmod(0)
    assert "cannot be opened" in found(tmp_path)[1]["a.md"]


def test_ids_tell_roots_apart_and_stay() -> None:
    assert document_id("uno", "a.md") == document_id("uno", "a.md") != document_id("due", "a.md")


def test_two_roots_of_one_name_get_labels_of_their_own(tmp_path: Path) -> None:
    paths = (tmp_path / "a" / "corpus", tmp_path / "b" / "corpus")
    for path in paths:
        path.mkdir(parents=True)
    assert len({root.label for root in roots(paths)}) == 2
    assert [root.label for root in roots(paths[:1])] == ["corpus"]


def test_a_missing_root_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        roots((tmp_path / "manca",))


def test_every_document_of_the_example_corpus_is_read() -> None:
    corpus = Path(__file__).resolve().parents[1] / "corpus"
    kept, skipped = found(corpus)
    assert len(kept) >= 10
    assert not skipped
