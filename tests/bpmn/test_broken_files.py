"""Files that are no BPMN, or that mean harm: each is refused with a problem, quickly, and nothing outside is read."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from engine.bpmn import InvalidModel, compile_model
from engine.xml import MAX_SIZE
from tests.models import definitions, model, tags

GOOD = model(tags("startEvent", "start") + tags("endEvent", "end"), "start -> end")


def refusal(xml: bytes) -> tuple[int, str]:
    """The line and message of the only problem of a file."""
    with pytest.raises(InvalidModel) as invalid:
        compile_model(xml, "file.bpmn")
    (problem,) = invalid.value.problems
    return problem.line, problem.message


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"   ",
        b"no xml",
        b"\x00\x01\x02",
        GOOD[: len(GOOD) // 2],
        GOOD.replace(b"</process>", b"</proces>"),
        GOOD.replace(b'id="start"', b"id=start"),
        GOOD.replace(b'id="start"', b'id="start" id="again"'),
        GOOD.replace(b'id="start"', b'id="\xff\xfe"'),
        GOOD.replace(b'id="start"', b'id="a\x00b"'),
        GOOD.replace(b'id="start"', b'id="&unknown;"'),
        b'<?xml version="1.0" encoding="nonsense"?>' + GOOD,
        b'<?xml version="1.0" encoding="UTF-16"?>' + GOOD,
        b"{}",
    ],
)
def test_what_is_no_xml_is_refused(xml: bytes) -> None:
    line, message = refusal(xml)
    assert line >= 1
    assert "XML" in message


def test_line_of_the_mistake_is_told() -> None:
    assert refusal(b"<a>\n<b>\n</a>")[0] == 3


@pytest.mark.parametrize("xml", [b"<html/>", b'<definitions xmlns="urn:other"/>', b"<process/>"])
def test_other_xml_is_refused(xml: bytes) -> None:
    assert "not a BPMN 2.0 file" in refusal(xml)[1]


def test_file_without_processes_is_refused() -> None:
    assert "no executable process" in refusal(definitions(""))[1]


DOCTYPES = {
    "plain": b"<!DOCTYPE definitions>",
    "external": b'<!DOCTYPE definitions SYSTEM "file:///etc/hostname">',
    "external, public": b'<!DOCTYPE definitions PUBLIC "x" "http://127.0.0.1:1/never.dtd">',
    "external entity": b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    "parameter entity": b'<!DOCTYPE d [<!ENTITY % x SYSTEM "file:///etc/hostname"> %x;]>',
    "billion laughs": b'<!DOCTYPE d [<!ENTITY a "ha">%s]>'
    % b"".join(b'<!ENTITY a%d "&a%s;&a%s;">' % (i, b"%d" % (i - 1) if i else b"", b"") for i in range(30)),
    "quadratic": b'<!DOCTYPE d [<!ENTITY a "%s">]>' % (b"a" * 50_000),
}


@pytest.mark.parametrize("kind", DOCTYPES)
def test_document_types_are_refused(kind: str) -> None:
    began = time.process_time()
    refusal(DOCTYPES[kind] + GOOD)
    assert time.process_time() - began < 1


def test_entity_is_not_read_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    xml = b'<!DOCTYPE d [<!ENTITY x SYSTEM "%s">]>' % secret.as_uri().encode()
    assert "the secret" not in refusal(xml + GOOD.replace(b'id="start"', b'id="start" name="&x;"'))[1]


def test_including_another_file_is_not_followed() -> None:
    include = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hostname" parse="text"/>'
    compile_model(GOOD.replace(b"<endEvent", include + b"<endEvent"))


def test_file_that_is_too_large_is_refused() -> None:
    assert "bytes" in refusal(GOOD + b" " * MAX_SIZE)[1]


@pytest.mark.parametrize("depth", [210, 300])
def test_file_that_is_too_deep_is_refused(depth: int) -> None:
    inner = "".join(f'<subProcess id="s{i}"><startEvent id="t{i}"/>' for i in range(depth)) + "</subProcess>" * depth
    assert "nested" in refusal(model(inner))[1]


def test_deep_elements_of_no_meaning_are_refused_without_a_stack_overflow() -> None:
    assert "nested" in refusal(definitions("<x>" * 100_000 + "</x>" * 100_000))[1]


def test_deep_sub_processes_that_are_accepted_compile() -> None:
    depth = 90
    inner = "".join(f'<subProcess id="s{i}"><startEvent id="t{i}"/>' for i in range(depth)) + "</subProcess>" * depth
    assert len(compile_model(model(inner)).processes[0].nodes) == 2 * depth + 1


def test_expression_that_would_never_end_compiles_or_is_refused_in_time() -> None:
    bomb = "=" + "(" * 2_000 + "1" + ")" * 2_000
    xml = model(
        tags("startEvent", "start")
        + f'<scriptTask id="x"><extensionElements><zeebe:script expression="{bomb}" resultVariable="y"/>'
        "</extensionElements></scriptTask>",
        "start -> x",
    )
    began = time.process_time()
    assert "expression" in refusal(xml)[1]
    assert time.process_time() - began < 1


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1"])
def test_file_in_another_encoding_is_read(encoding: str) -> None:
    text = GOOD.decode().replace('id="start"', 'id="start" name="Bücher"')
    xml = f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)
    assert compile_model(xml).processes[0].nodes["start"].name == "Bücher"


def test_byte_order_mark_and_comments_are_passed_over() -> None:
    compile_model(b"\xef\xbb\xbf" + GOOD.replace(b"<endEvent", b"<!-- end --><?pi x?><endEvent"))
