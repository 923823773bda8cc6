"""How foreign things are run, and how our secrets are kept from them and from logs.

That is: with which environment, which files, which limits. What watches over a process from outside is in
`process_tree`, what a program does first of all in `start`: neither is imported here, for a child that is about to
confine itself needs neither.
"""

from leaderboard.confinement.capabilities import drop_capabilities
from leaderboard.confinement.environment import child_environment, given_read_token
from leaderboard.confinement.filesystem import readable_by_interpreter, restrict_to, writable_devices
from leaderboard.confinement.limits import limit_self
from leaderboard.confinement.redaction import guard_streams, redact
from leaderboard.confinement.secrets import hide_secrets

__all__ = [
    "child_environment",
    "drop_capabilities",
    "given_read_token",
    "guard_streams",
    "hide_secrets",
    "limit_self",
    "readable_by_interpreter",
    "redact",
    "restrict_to",
    "writable_devices",
]
