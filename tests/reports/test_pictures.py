"""Pictures: well-formed, of bounded size, the same from the same, and safe whatever they are told."""

from __future__ import annotations

import random
from xml.etree import ElementTree

import pytest

from lineage.reports import charts
from lineage.reports.drawing import HIGH, WIDE, Arrow, Box, draw

SVG = "{http://www.w3.org/2000/svg}"
EVIL = '"><script>alert(1)</script>\x1b\u202e&amp;'


def titles(svg: str) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(svg).iter(f"{SVG}title")]


def places(svg: str) -> list[tuple[int, int]]:
    """Left and top of every box."""
    rects = [one for one in ElementTree.fromstring(svg).iter(f"{SVG}rect") if one.get("width") == str(WIDE)]
    return [(int(one.get("x", "")), int(one.get("y", ""))) for one in rects]


def estate(count: int) -> tuple[list[Box], list[Arrow]]:
    """A made-up lineage: each thing made from one or two that came before."""
    chance = random.Random(count)
    kinds = ["Job", "JobOutput", "ModelVersion", "DataVersion", "Location"]
    boxes = [Box(f"{n:04}", kinds[n % 5], f"thing-{n}") for n in range(count)]
    arrows = [
        Arrow(boxes[chance.randrange(max(0, n - 40), n)].id, boxes[n].id) for n in range(1, count) for _ in range(2)
    ]
    return boxes, arrows


@pytest.mark.parametrize("count", [1, 5, 60, 500])
def test_a_lineage_is_legible_at_any_size(count: int) -> None:
    """No two boxes overlap; where a column would be too long its things stand in groups, and none is lost."""
    boxes, arrows = estate(count)
    drawing = draw("a lineage", boxes, arrows)

    at = places(drawing.svg)
    assert len(at) == drawing.boxes == len(set(at))
    for x, y in at:
        assert not any(x == left and 0 < abs(y - top) < HIGH for left, top in at)
    groups = [title for title in titles(drawing.svg) if title.count("thing-") > 1]
    assert sum(title.count("thing-") for title in titles(drawing.svg)) >= count or groups
    if count <= 60:
        assert drawing.grouped == 0
    columns = {x for x, _ in at}
    assert max(sum(x == left for left, _ in at) for x in columns) <= 20


def test_causes_stand_left_of_what_was_made_from_them() -> None:
    boxes = [Box(name, "Job", name) for name in "abc"]
    drawing = draw("x", boxes, [Arrow("c", "a"), Arrow("a", "b")])

    by_name = dict(zip(sorted("abc"), places(drawing.svg), strict=True))
    assert by_name["c"][0] < by_name["a"][0] < by_name["b"][0]


def test_a_ring_is_drawn_too() -> None:
    drawing = draw("x", [Box("a", "Job", "a"), Box("b", "Job", "b")], [Arrow("a", "b"), Arrow("b", "a")])

    assert (drawing.boxes, drawing.svg.count('<path d="M')) == (2, 3)  # two arrows and the marker


def test_the_order_of_what_is_told_does_not_matter() -> None:
    boxes, arrows = estate(80)

    assert draw("x", boxes, arrows) == draw("x", boxes[::-1], arrows[::-1])


def test_certainty_is_a_pattern_not_a_colour() -> None:
    boxes = [Box(name, "Job", name) for name in "abcd"]
    links = [Arrow("a", "b"), Arrow("a", "c", "INFERRED"), Arrow("a", "d", "AMBIGUOUS")]

    svg = draw("x", boxes, links).svg

    assert svg.count('stroke-dasharray="6 3"') == 1
    assert svg.count('stroke-dasharray="2 3"') == 1


def test_text_cannot_leave_its_place() -> None:
    """Parsed as XML, every picture holds the elements that it draws and no other."""
    pictures = [
        draw(EVIL, [Box("a", "Job", EVIL, EVIL, EVIL), Box("b", EVIL, "b")], [Arrow("a", "b", "CONFIRMED", EVIL)]).svg,
        charts.shares(EVIL, ["one", "two"], [(EVIL, (1, 2))]),
        charts.amounts(EVIL, [(EVIL, 3)]),
        charts.course(EVIL, [(EVIL, 1.0), ("b", 2.5)], "%"),
    ]
    for svg in pictures:
        names = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(svg).iter()}
        assert names <= {
            "svg",
            "title",
            "desc",
            "defs",
            "marker",
            "path",
            "g",
            "rect",
            "text",
            "line",
            "polyline",
            "circle",
        }
        assert "\x1b" not in svg
        assert "\u202e" not in svg
        assert "style=" not in svg


def test_every_number_of_a_plot_is_written() -> None:
    svg = charts.shares("Coverage", ["confirmed", "none"], [("prod", (3, 1)), ("empty", (0, 0))])

    assert "prod: 3 of 4 confirmed" in titles(svg)
    assert "prod: 1 of 4 none" in titles(svg)
    assert ">3 / 1</text>" in svg
    assert ">0 / 0</text>" in svg
    assert ">1,234</text>" in charts.amounts("x", [("a", 1234), ("b", 0)])
    assert "b: 50%" in titles(charts.course("x", [("a", 25.5), ("b", 50.0)], "%"))
    for empty in (charts.shares("x", ["a"], []), charts.amounts("x", []), charts.course("x", [])):
        ElementTree.fromstring(empty)
