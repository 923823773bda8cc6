"""What the Hub says of the jobs under one name: which there are, how each stands; and calling one off."""

import logging
import time

import httpx
from huggingface_hub import HfApi, JobInfo, JobStage
from huggingface_hub.errors import HfHubHTTPError

logger = logging.getLogger(__name__)

REQUEST_LABEL = "ranking600m-request"
"""A job's label that names the request it is for."""
UNREACHABLE = (HfHubHTTPError, httpx.HTTPError, OSError)
"""What the client raises where the Hub does not answer, or refuses."""
ENDED = frozenset({JobStage.COMPLETED, JobStage.CANCELED, JobStage.ERROR, JobStage.DELETED})
_KEEP_SECONDS = 30.0


class JobList:
    """The jobs under one name, looked at anew after a while: many requests ask at once what was spent."""

    def __init__(self, api: HfApi, namespace: str, keep_seconds: float = _KEEP_SECONDS) -> None:
        self._api, self._namespace, self._keep_seconds = api, namespace, keep_seconds
        self._jobs: list[JobInfo] = []
        self._looked: float | None = None

    def all(self) -> list[JobInfo]:
        """Return them; raises what the client raises."""
        if self._looked is None or time.monotonic() - self._looked >= self._keep_seconds:
            self._jobs = list(self._api.list_jobs(namespace=self._namespace))
            self._looked = time.monotonic()
        return self._jobs

    def of_request(self, request_id: str) -> list[JobInfo]:
        """Return those of one request, as they are now."""
        return list(self._api.list_jobs(labels={REQUEST_LABEL: request_id}, namespace=self._namespace))

    def forget(self) -> None:
        """Look anew the next time: one has just been started."""
        self._looked = None


def stage_of(job: JobInfo) -> JobStage | str:
    """Return the stage; one that this version of the client does not know as it stands."""
    try:
        return JobStage(job.status.stage)
    except ValueError:
        return str(job.status.stage)


def cancel(api: HfApi, job_id: str, namespace: str) -> None:
    """End a job; where the Hub does not answer, the job ends at its limit."""
    try:
        api.cancel_job(job_id=job_id, namespace=namespace)
    except UNREACHABLE as error:
        logger.warning("job %s could not be cancelled: %s", job_id, type(error).__name__)
