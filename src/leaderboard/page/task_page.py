"""One task as HTML: what it asks, whose it is, what its scores can be held against, and an example where it is ours."""

from leaderboard.board import Row
from leaderboard.board.health import Health
from leaderboard.page.catalogue_table import about_task
from leaderboard.page.countries import country_name
from leaderboard.page.markup import element, inner_link, raw_element
from leaderboard.page.own_item import own_item
from leaderboard.page.task_health import health_section
from leaderboard.page.task_scores import scores_section
from leaderboard.page.task_titles import task_title
from leaderboard.submission.remedies import dataset_url
from leaderboard.suite import UNKNOWN_LICENCE, FolderRows, HubRows, OwnRows, SuiteError, Task, read_rows
from leaderboard.texts import Texts

_SHORT = 12


def task_page(task: Task, health: Health | None, rows: tuple[Row, ...], texts: Texts) -> str:
    """Return the page of one task over the rows of a board."""
    declared = task.declaration
    said = raw_element("p", inner_link(texts("tasks.back"), {"tab": "tasks"}))
    said += element("h2", task_title(declared, texts.language))
    about = about_task(task, texts)
    said += element("p", f"{about}.") if about else ""
    if task.is_draft:
        signed, items = texts.whole(task.reviewed_items or 0), texts.whole(declared.items or 0)
        said += element("p", texts("tasks.of_drafts", signed=signed, items=items), {"class": "notice"})
    said += _facts(task, texts) + _source(task, texts) + _example(task, texts)
    said += "" if health is None else health_section(health, texts)
    said += scores_section(task, rows, texts)
    if task.in_means:
        query = {"view": str(declared.language), "col": f"groups,{task.id}", "sort": f"-{task.id}"}
        said += raw_element("p", inner_link(texts("tasks.in_ranking"), query))
    return said


def _facts(task: Task, texts: Texts) -> str:
    declared = task.declaration
    items = texts("values.unknown") if declared.items is None else texts.whole(declared.items)
    target = "" if declared.target is None else texts("catalogue.target", target=texts.decimal(declared.target, 1))
    shown = {
        "language": _language(task, texts),
        "area": texts(f"areas.{declared.area}"),
        "items": items,
        "chance": texts.points(declared.chance),
        "floor": _floor(task, texts),
        "human": "" if declared.human is None else f"{texts.points(declared.human.score)} ({declared.human.source})",
        "metric": f"{declared.metric}{target}",
        "shots": str(declared.shots),
        "origin": texts(f"origins.{declared.origin}"),
        "licence": texts("values.unknown") if declared.licence == UNKNOWN_LICENCE else declared.licence,
    }
    listed = "".join(
        element("dt", texts(f"catalogue.columns.{key}")) + element("dd", words) for key, words in shown.items() if words
    )
    listed += element("dt", texts("catalogue.columns.data")) + raw_element("dd", _data(task, texts))
    identity = texts("tasks.identity_of", version=declared.version, hash=task.config_hash[:_SHORT])
    listed += element("dt", texts("tasks.identity")) + raw_element("dd", element("code", task.id) + " · " + identity)
    return raw_element("dl", listed, {"class": "facts"})


def _language(task: Task, texts: Texts) -> str:
    name, variety = texts(f"languages.{task.declaration.language}"), task.declaration.variety
    return f"{name} ({country_name(variety, texts)})" if variety else name


def _floor(task: Task, texts: Texts) -> str:
    floor = task.floor
    if floor is None:
        return ""
    low, high = texts.points(floor.low), texts.points(floor.high)
    return texts("tasks.floor_of", mean=texts.points(floor.mean), low=low, high=high, models=floor.models)


def _data(task: Task, texts: Texts) -> str:
    """Say where the items are, as markup: a link where they are a dataset of the Hub, at the commit that is locked."""
    match task.rows:
        case OwnRows():
            return element("span", texts("tasks.own_data"))
        case FolderRows():
            return element("span", texts("tasks.local_data"))
        case HubRows(revision=revision):
            dataset = task.dataset_reference("").id
            link = element("a", dataset, {"href": dataset_url(dataset, revision), "rel": "noopener"})
            at = texts("tasks.unlocked") if revision is None else texts("tasks.locked", commit=revision[:_SHORT])
            return f"{link} {element('span', at)}"


def _source(task: Task, texts: Texts) -> str:
    source = task.declaration.source
    words = f"{source.title}. {source.citation}."
    said = element("span", words)
    if source.url:
        said += " " + element("a", str(source.url), {"href": str(source.url), "rel": "noopener"})
    return element("h3", texts("tasks.source")) + raw_element("p", said)


def _example(task: Task, texts: Texts) -> str:
    """Show an item of the suite's own: one that is shown to models before the questions, where there are such."""
    if task.declaration.item_form is None or not isinstance(task.rows, OwnRows):
        return ""
    try:
        rows = read_rows(task.rows.fewshot or task.rows.test)
    except SuiteError:  # whoever evaluates is told; a page without an example is no less a page
        return ""
    if not rows:
        return ""
    said = element("h3", texts("tasks.example"))
    what_it_is = texts("tasks.example_unscored" if task.rows.fewshot else "tasks.example_scored")
    said += element("p", what_it_is, {"class": "note"})
    return said + raw_element("div", own_item(rows[0], texts), {"class": "review-card"})
