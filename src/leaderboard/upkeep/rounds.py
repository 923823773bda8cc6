"""One round: every duty that is due, by whichever process comes first. One that fails does not stop the others."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leaderboard.installation import Installation
from leaderboard.records import LeaderboardError
from leaderboard.upkeep.diary import begin, end
from leaderboard.upkeep.duties import DUTIES, Duty, DutyName

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Done:
    """What came of one duty in a round."""

    duty: DutyName
    said: str
    failed: bool = False


def do_what_is_due(
    house: Installation, now: datetime, *, also: Collection[DutyName] = (), duties: Sequence[Duty] = DUTIES
) -> list[Done]:
    """Do every duty that is due, and those named in `also` whether or not they are; return those that did something."""
    done: list[Done] = []
    for duty in duties:
        try:
            said = _do(duty, house, now, is_asked_for=duty.name in also)
        except LeaderboardError as error:
            logger.warning("%s: %s", duty.name, error)
            done.append(Done(duty.name, str(error), failed=True))
            continue
        except Exception as error:
            logger.exception("%s stumbled", duty.name)
            done.append(Done(duty.name, f"it stumbled: {type(error).__name__}; the log says more", failed=True))
            continue
        if said:
            logger.info("%s: %s", duty.name, said)
            done.append(Done(duty.name, said))
    return done


def _do(duty: Duty, house: Installation, now: datetime, *, is_asked_for: bool) -> str:
    if duty.every is None:
        return duty.act(house, now)
    every = timedelta(0) if is_asked_for else duty.every
    if not begin(house.results, duty.name, every, now):
        return ""
    try:
        said = duty.act(house, now)
    except Exception as error:
        end(house.results, duty.name, f"it failed: {error}", now, failed=True)
        raise
    end(house.results, duty.name, said or "nothing to do", now)
    return said
