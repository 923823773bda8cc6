"""A Hub on loopback for tests: models that are read, datasets and Spaces that are also written to, and its faults.

It is spoken to by unmodified huggingface_hub and datasets. Only what the project asks of a Hub is here, and nothing is
lenient: a request for a route, or with a parameter, that this server does not know is answered with 501 and remembered,
so that a test can fail on it.
"""

from tests.hub_server.access import Access
from tests.hub_server.calls import READS, Call, Kind, most_within
from tests.hub_server.contents import Blob, Commit, LfsBlob
from tests.hub_server.faults import Fault, Faults, Play
from tests.hub_server.hub import HubServer
from tests.hub_server.quotas import Quota
from tests.hub_server.repositories import HubDatasetRepository, HubModel, HubSpace
from tests.hub_server.server import running_hub

__all__ = [
    "READS",
    "Access",
    "Blob",
    "Call",
    "Commit",
    "Fault",
    "Faults",
    "HubDatasetRepository",
    "HubModel",
    "HubServer",
    "HubSpace",
    "Kind",
    "LfsBlob",
    "Play",
    "Quota",
    "most_within",
    "running_hub",
]
