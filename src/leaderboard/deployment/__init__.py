"""Putting a leaderboard online: a Space, its stores, its settings, its upkeep; the same again changes nothing."""

from leaderboard.deployment.plan import Deployment, Step, plan
from leaderboard.deployment.tracked_files import tracked_files
from leaderboard.deployment.what_is_there import DeploymentError, look

__all__ = ["Deployment", "DeploymentError", "Step", "look", "plan", "tracked_files"]
