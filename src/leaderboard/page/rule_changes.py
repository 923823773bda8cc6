"""The changelog of what affected scores: every version of the rule, with its reason and the tasks it is about."""

from itertools import pairwise

from leaderboard.page.markup import element, inner_link, raw_element
from leaderboard.page.task_titles import task_title
from leaderboard.records import RuleHistory, RuleVersion
from leaderboard.suite import Suite
from leaderboard.texts import Texts

_KINDS = ("added", "changed", "removed", "signed", "left_out", "taken_back")


def rule_changes(history: RuleHistory, suite: Suite, texts: Texts) -> str:
    """Return the versions of the suite's rule, the newest first; what is said where there is none yet."""
    versions = history.of_suite(suite.label.name)
    said = element("h2", texts("about.changes")) + element("p", texts("about.changes_help"), {"class": "note"})
    if not versions:
        return said + element("p", texts("about.no_changes"))
    changes = [changed_tasks(None, versions[0]), *(changed_tasks(old, new) for old, new in pairwise(versions))]
    entries = [_entry(new, changed, suite, texts) for new, changed in zip(versions, changes, strict=True)]
    return said + "".join(reversed(entries))


def changed_tasks(old: RuleVersion | None, new: RuleVersion) -> dict[str, list[str]]:
    """Return what a version changed against the one before it, tasks by kind; of the first, what it leaves out.

    `signed`: tasks whose items were drafts and no longer are.
    """
    left_out = {one.task for one in new.excluded}
    if old is None:
        return {kind: sorted(left_out) if kind == "left_out" else [] for kind in _KINDS}
    before = {one.task for one in old.excluded}
    both = old.configs.keys() & new.configs.keys()
    found = {
        "added": new.configs.keys() - old.configs.keys(),
        "changed": {task for task in both if old.configs[task] != new.configs[task]},
        "removed": old.configs.keys() - new.configs.keys(),
        "signed": (set(old.drafts) - set(new.drafts)) & both,
        "left_out": left_out - before,
        "taken_back": before - left_out,
    }
    return {kind: sorted(found[kind]) for kind in _KINDS}


def _entry(version: RuleVersion, changed: dict[str, list[str]], suite: Suite, texts: Texts) -> str:
    label = f"{version.suite.name}-{version.suite.version}.{version.version}"
    said = element("h3", texts("about.change_of", date=texts.date(version.at), label=label))
    said += element("p", version.note)
    why = {one.task: one for one in version.excluded}
    items = ""
    for kind in _KINDS:
        for task in changed[kind]:
            left = why.get(task) if kind == "left_out" else None
            reason = "" if left is None else element("span", f": {texts(f'tasks.reasons.{left.reason}')} {left.detail}")
            words = element("span", texts(f"about.kinds.{kind}")) + " " + _named(task, suite, texts)
            items += raw_element("li", words + reason)
    return said + (raw_element("ul", items) if items else "")


def _named(task_id: str, suite: Suite, texts: Texts) -> str:
    """Name a task with a link to its page; one that the suite no longer has by its id."""
    task = suite.task(task_id)
    if task is None:
        return element("code", task_id)
    return inner_link(task_title(task.declaration, texts.language), {"tab": "tasks", "task": task_id})
