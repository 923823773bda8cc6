"""How much memory an evaluation may use where nobody says."""

from pathlib import Path

import psutil
import pytest

from leaderboard.confinement.machine import default_memory_limit

MACHINE = psutil.virtual_memory().total


def limit_in(tmp_path: Path, own: str, **limits: str) -> int:
    """Return the limit in a machine whose control groups have these files; two underscores part folders."""
    (tmp_path / "self").write_text(own)
    for name, text in limits.items():
        file = tmp_path.joinpath("cgroup", *name.split("__"))
        file = file.with_name(file.name.replace("_max", ".max").replace("_limit", ".limit"))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return default_memory_limit(tmp_path / "cgroup", tmp_path / "self")


def test_it_is_nine_tenths_of_the_machine(tmp_path: Path) -> None:
    assert limit_in(tmp_path, "0::/\n") == int(0.9 * MACHINE)
    assert default_memory_limit(tmp_path / "none", tmp_path / "none") == int(0.9 * MACHINE)


@pytest.mark.parametrize("file", ["box__memory_max", "memory_max", "box__inner__memory_max"])
def test_a_container_has_less_also_where_one_above_it_is_limited(tmp_path: Path, file: str) -> None:
    assert limit_in(tmp_path, "0::/box/inner\n", **{file: "1000000\n"}) == 900_000


def test_the_strictest_of_several_limits_counts(tmp_path: Path) -> None:
    limits = {"box__memory_max": "3000000", "memory_max": "max", "box__inner__memory_max": "2000000"}
    assert limit_in(tmp_path, "0::/box/inner\n", **limits) == 1_800_000


def test_the_older_kind_of_control_groups_is_read_too(tmp_path: Path) -> None:
    own = "9:name=systemd:/x\n4:memory,hugetlb:/box\n3:cpuset:/elsewhere\n"
    limit = limit_in(
        tmp_path, own, memory__box__memory_limit_in_bytes="1000000", memory__elsewhere__memory_limit_in_bytes="5"
    )
    assert limit == 900_000


def test_a_limit_beyond_the_machine_is_none(tmp_path: Path) -> None:
    assert limit_in(tmp_path, "0::/\n", memory_max=str(10 * MACHINE)) == int(0.9 * MACHINE)
