"""Files as they are to be committed to the Hub: every one of them, whatever the client would leave out."""

from collections.abc import Mapping

from huggingface_hub import CommitOperationAdd, HfApi


def prepared_additions(
    api: HfApi, repo_id: str, contents: Mapping[str, bytes], *, repo_type: str, revision: str = "main"
) -> list[CommitOperationAdd]:
    """Upload what is large and return one operation for each file; raises what the client raises.

    The client leaves out what the branch seems to hold already, or what a .gitignore among the files names. How the
    branch seemed a moment ago may not be what our parent holds, and a file can be tracked in spite of a .gitignore: a
    file would be missing from a commit that succeeds.
    """
    additions = [CommitOperationAdd(path, content) for path, content in contents.items()]
    api.preupload_lfs_files(repo_id, additions, repo_type=repo_type, revision=revision, free_memory=False)
    for addition in additions:
        addition._remote_oid = None  # noqa: SLF001 - nothing public says so
        addition._should_ignore = False  # noqa: SLF001
    return additions
