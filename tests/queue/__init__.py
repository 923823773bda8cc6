"""Tests of the queue."""  # noqa: A005 - named after the room it tests; nothing imports it as `queue`
