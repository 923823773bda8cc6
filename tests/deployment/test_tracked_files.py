"""Exactly what git tracks, as the newest commit has it."""

import subprocess
from pathlib import Path

import pytest

from leaderboard.deployment.tracked_files import NoTrackedFilesError, of_space, tracked_files

CARD = b"---\ntitle: R\nthumbnail: https://huggingface.co/spaces/a/b/thumbnail.png\n---\nthumbnail: text\n"


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "README.md").write_bytes(CARD)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "año.py").write_text("x = 1\n", encoding="utf-8")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    return tmp_path


def test_only_what_is_tracked_and_committed(clone: Path):
    (clone / "secret.txt").write_text("hf_secret")
    (clone / "README.md").write_text("changed")
    found = tracked_files(clone)
    assert found.contents == {"README.md": CARD, "src/año.py": b"x = 1\n"}
    assert found.has_other_changes
    assert len(found.commit) == 40


def test_a_clean_clone_says_so(clone: Path):
    (clone / "untracked").write_text("x")
    assert not tracked_files(clone).has_other_changes


def test_a_folder_that_is_no_clone_is_refused(tmp_path: Path):
    with pytest.raises(NoTrackedFilesError, match="clone"):
        tracked_files(tmp_path / "nowhere")


def test_a_link_is_refused_by_name(clone: Path):
    (clone / "link").symlink_to("README.md")
    git(clone, "add", "link")
    git(clone, "commit", "-qm", "two")
    with pytest.raises(NoTrackedFilesError, match=r"^link is neither"):
        tracked_files(clone)


def test_the_card_names_the_spaces_own_picture():
    card = of_space({"README.md": CARD}, "otra/tabla")["README.md"]
    assert b"thumbnail: https://huggingface.co/spaces/otra/tabla/resolve/main/docs/thumbnail.png\n" in card
    assert card.endswith(b"---\nthumbnail: text\n")


@pytest.mark.parametrize("files", [{}, {"README.md": b"# No head\n"}])
def test_a_card_without_a_head_is_refused(files: dict[str, bytes]):
    with pytest.raises(NoTrackedFilesError, match="README"):
        of_space(files, "a/b")
