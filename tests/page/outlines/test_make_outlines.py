"""From an atlas to plain polygons on one sheet."""

import pytest

from leaderboard.page.outlines.make_outlines import MAIN, clipped, decoded_arcs, outlines, simplified

SQUARE = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)]
ARGENTINA = {"id": "032", "type": "Polygon", "arcs": [[0]]}
ATLAS = {
    "transform": {"scale": [0.5, 0.5], "translate": [-70, -40]},
    "arcs": [[[0, 0], [20, 0], [0, 20], [-20, 0], [0, -20]]],
    "objects": {
        "countries": {"geometries": [ARGENTINA, {"id": "010", "type": "Polygon", "arcs": [[~0]]}, {"id": "x"}]}
    },
}


def test_arcs_are_steps_from_the_point_before():
    assert decoded_arcs(ATLAS) == [[(-70, -40), (-60, -40), (-60, -30), (-70, -30), (-70, -40)]]


def test_a_point_that_hardly_strays_is_left_out_and_a_corner_stays():
    assert simplified([(0, 0), (1, 0.01), (2, 0), (2, 2)], 0.1) == [(0, 0), (2, 0), (2, 2)]


def test_what_is_outside_the_window_is_cut_off():
    assert sorted(clipped(SQUARE, (1.0, 1.0), (9.0, 9.0))) == [(1.0, 1.0), (1.0, 4.0), (4.0, 1.0), (4.0, 4.0)]
    assert clipped(SQUARE, (5.0, 5.0), (9.0, 9.0)) == []


def test_the_middle_of_a_frame_is_the_centre_of_its_projection():
    assert MAIN.projected(MAIN.centre) == pytest.approx((0, 0))
    assert MAIN.projected((MAIN.centre[0] + 180, -MAIN.centre[1])) is None


def test_a_country_and_what_is_around_it_are_told_apart():
    sheet = outlines(ATLAS)
    assert len(sheet["countries"]["AR"]) == 1
    assert sheet["countries"]["MX"] == []
    assert len(sheet["around"]) == 1
